import type { InviteService } from '../../src/application/invites.ts'
import type { Login } from '../../src/application/login.ts'
import type { Invite, User } from '../../src/domain/models.ts'
import { type Provider, parseHandle } from '../../src/domain/values.ts'
import { codeFor, type Env } from '../harness/index.ts'

/** Someone outside, as a provider knows them. */
export interface Person {
  readonly id: string
  readonly handle: string
}

/** A person on Bluesky with this name. */
export function person(name: string): Person {
  return { id: `did:plc:${name}`, handle: `${name}.bsky.social` }
}

/** Begins a login; the callback that it gives back ends it. */
export async function startLogin(
  env: Env,
  who: Person | 'invalid' | 'mock',
  { inviteToken = null, provider = 'bluesky' }: { inviteToken?: string | null; provider?: Provider } = {},
): Promise<URLSearchParams> {
  const { state } = await env.get('loginService').start({ provider, handle: null, inviteToken })
  return new URLSearchParams({ state, code: typeof who === 'string' ? who : codeFor(who) })
}

/** Logs a person in, from leaving to coming back. */
export async function logIn(
  env: Env,
  who: Person | 'invalid' | 'mock',
  options: { inviteToken?: string | null; provider?: Provider } = {},
): Promise<Login> {
  return await env.get('loginService').finish(options.provider ?? 'bluesky', await startLogin(env, who, options))
}

/** Puts a user in, past every invite, as a seed is. */
export async function addUser(env: Env, { id, handle }: Person, inviteQuota?: number): Promise<User> {
  const createdAt = env.get('clock').now()
  return await env.get('persistence').transaction(async ({ users, identities }) => {
    const user = await users.create({
      handle: parseHandle(handle),
      avatarUrl: null,
      email: null,
      bio: null,
      createdAt,
      ...(inviteQuota === undefined ? {} : { inviteQuota }),
    })
    await identities.create({
      userId: user.id,
      provider: 'bluesky',
      providerUserId: id,
      handle: user.handle,
      isPrimary: true,
      createdAt,
      lastLoginAt: null,
    })
    return user
  })
}

/** Invites people, and fails the test when not all of them could be. */
export async function invite(env: Env, inviter: User, ...people: readonly Person[]): Promise<readonly Invite[]> {
  const { created, failed } = await env.get('inviteService').create(inviter.id, people.map(invitee))
  if (failed.length > 0) throw new Error(`not invited: ${JSON.stringify(failed)}`)
  return created
}

/** A person as a request for invites names them. */
export function invitee({ id, handle }: Person): Parameters<InviteService['create']>[1][number] {
  return { provider: 'bluesky', providerId: id, handle }
}
