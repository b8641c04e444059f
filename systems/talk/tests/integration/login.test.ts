import { backlotTest } from 'backlot/vitest'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'
import { createEnv, type Env, type EnvOptions } from '../harness/index.ts'
import { createTestClock } from '../support/clock.ts'
import { addUser, invite, logIn, person, startLogin } from '../support/login.ts'

const { test, expect } = backlotTest(backlot)

const [ada, bob, cat] = [person('ada'), person('bob'), person('cat')]

function realPersistence(db: { readonly url: string }, options: EnvOptions = {}): Promise<Env> {
  return createEnv({ ...options, unmock: ['persistence'], variables: { DATABASE__URL: db.url, ...options.variables } })
}

describe('creating users with invites', () => {
  test('an inviter invites, the invitee logs in, the user exists, the invite is accepted', async ({ db }) => {
    await using env = await realPersistence(db)
    const inviter = await addUser(env, ada)
    await invite(env, inviter, bob)
    await expect(db.table('invites')).toHaveRow({ invitee_provider_id: bob.id, status: 'pending', accepted_at: null })

    const { user, session } = await logIn(env, bob)

    await expect(db.table('users')).toHaveRow({ id: user.id, handle: bob.handle, karma: 0, invite_quota: 5 })
    await expect(db.table('user_identities')).toHaveRow({
      user_id: user.id,
      provider: 'bluesky',
      provider_user_id: bob.id,
      is_primary: true,
    })
    await expect(db.table('invites')).toHaveRow({
      invitee_provider_id: bob.id,
      status: 'accepted',
      accepted_by_user_id: user.id,
      accepted_at: expect.any(Date),
    })
    await expect(db.table('sessions')).toHaveRow({ id: session.id, user_id: user.id, revoked_at: null })
    await expect(db.table('oauth_sessions')).toBeEmpty()
  })

  test('the token of an invite lets its person in', async ({ db }) => {
    await using env = await realPersistence(db)
    const [sent] = await invite(env, await addUser(env, ada), bob)
    const { user } = await logIn(env, bob, { inviteToken: sent?.token ?? '' })
    await expect(db.table('invites')).toHaveRow({ id: sent?.id ?? '', accepted_by_user_id: user.id })
  })

  test('someone known comes back: last_login_at moves, and no second user is made', async ({ db }) => {
    const clock = createTestClock()
    await using env = await realPersistence(db, { replace: clock.registration })
    await invite(env, await addUser(env, ada), bob)
    await logIn(env, bob)
    clock.advance(60)
    await logIn(env, { ...bob, handle: 'robert.example.com' })
    await expect(db.table('user_identities')).toHaveRow({
      provider_user_id: bob.id,
      handle: 'robert.example.com',
      last_login_at: clock.now(),
    })
    await expect(db.table('users')).toHaveCount(2)
    await expect(db.table('sessions')).toHaveCount(2)
  })
})

describe('nobody else comes in', () => {
  test('without an invite the login is refused, and there is no user', async ({ db }) => {
    await using env = await realPersistence(db)
    await expect(logIn(env, bob)).rejects.toMatchObject({ code: 'invite-required' })
    await expect(db.table('users')).not.toHaveRow({ handle: bob.handle })
    await expect(db.table('user_identities')).not.toHaveRow({ provider_user_id: bob.id })
    await expect(db.table('sessions')).toBeEmpty()
  })

  test('an invite that was used lets nobody in a second time', async ({ db }) => {
    await using env = await realPersistence(db)
    const [sent] = await invite(env, await addUser(env, ada), bob)
    const inviteToken = sent?.token ?? ''
    const { user } = await logIn(env, bob, { inviteToken })
    await expect(logIn(env, cat, { inviteToken })).rejects.toMatchObject({ code: 'invite-mismatch' })
    // Even the invitee: once their account is gone from talk, the old invite does not bring it back.
    await db.sql`delete from user_identities where user_id = ${user.id}`
    await expect(logIn(env, bob, { inviteToken })).rejects.toMatchObject({ code: 'invite-used' })
    await expect(logIn(env, bob)).rejects.toMatchObject({ code: 'invite-used' })
    await expect(db.table('users')).toHaveCount(2)
    await expect(db.table('invites')).toHaveRow({ id: sent?.id ?? '', accepted_by_user_id: user.id })
  })

  test('an invite past its time', async ({ db }) => {
    const clock = createTestClock()
    await using env = await realPersistence(db, {
      replace: clock.registration,
      variables: { INVITE_LIFETIME_DAYS: '1' },
    })
    await invite(env, await addUser(env, ada), bob)
    clock.advance(24 * 60)
    await expect(logIn(env, bob)).rejects.toMatchObject({ code: 'invite-expired' })
    await expect(db.table('users')).not.toHaveRow({ handle: bob.handle })
  })

  test('an invite that was taken back', async ({ db }) => {
    await using env = await realPersistence(db)
    const inviter = await addUser(env, ada)
    const [sent] = await invite(env, inviter, bob)
    await env.get('inviteService').revoke(inviter.id, sent?.id ?? '')
    await expect(logIn(env, bob)).rejects.toMatchObject({ code: 'invite-revoked' })
    await expect(db.table('users')).not.toHaveRow({ handle: bob.handle })
    await expect(db.table('invites')).toHaveRow({ id: sent?.id ?? '', status: 'revoked', accepted_at: null })
  })

  test('an invite for someone else', async ({ db }) => {
    await using env = await realPersistence(db)
    const [sent] = await invite(env, await addUser(env, ada), bob)
    const login = logIn(env, cat, { inviteToken: sent?.token ?? '' })
    await expect(login).rejects.toMatchObject({ code: 'invite-mismatch' })
    await expect(db.table('users')).not.toHaveRow({ handle: cat.handle })
    await expect(db.table('invites')).toHaveRow({ id: sent?.id ?? '', status: 'pending' })
  })

  test('an invite for Bluesky, with Twitter', async ({ db }) => {
    await using env = await realPersistence(db)
    const [sent] = await invite(env, await addUser(env, ada), bob)
    const login = logIn(env, { id: '42', handle: 'bob' }, { provider: 'twitter', inviteToken: sent?.token ?? '' })
    await expect(login).rejects.toMatchObject({ code: 'invite-mismatch' })
    await expect(db.table('user_identities')).not.toHaveRow({ provider: 'twitter' })
  })

  test('the inviter’s own invite: they cannot be invited by themselves, nor use up what they sent', async ({ db }) => {
    await using env = await realPersistence(db)
    const inviter = await addUser(env, ada)
    const own = await env
      .get('inviteService')
      .create(inviter.id, [{ provider: 'bluesky', providerId: ada.id, handle: ada.handle }])
    expect(own).toEqual({ created: [], failed: [{ handle: ada.handle, reason: 'already-a-user' }] })
    const [sent] = await invite(env, inviter, bob)
    expect(await logIn(env, ada, { inviteToken: sent?.token ?? '' })).toMatchObject({ created: false })
    await expect(db.table('invites')).toHaveRow({ id: sent?.id ?? '', status: 'pending', accepted_by_user_id: null })
    await expect(db.table('users')).toHaveCount(1)
  })

  test('a code that the provider refuses', async ({ db }) => {
    await using env = await realPersistence(db)
    await invite(env, await addUser(env, ada), { id: 'did:plc:mock123', handle: 'user.bsky.social' })
    await expect(logIn(env, 'invalid')).rejects.toMatchObject({ code: 'oauth-failed' })
    await expect(db.table('users')).not.toHaveRow({ handle: 'user.bsky.social' })
    await expect(db.table('oauth_sessions')).toBeEmpty()
    expect((await logIn(env, 'mock')).created).toBe(true)
  })
})

describe('a login on its way', () => {
  test('it is kept for 15 minutes with all that the second step needs', async ({ db }) => {
    const clock = createTestClock()
    await using env = await realPersistence(db, { replace: clock.registration })
    const callback = await startLogin(env, ada, { inviteToken: 'the token of an invite' })
    await expect(db.table('oauth_sessions')).toHaveRow({
      state: callback.get('state') ?? '',
      provider: 'bluesky',
      invite_token: 'the token of an invite',
      expires_at: new Date(clock.now().getTime() + 15 * 60_000),
    })
    clock.advance(15)
    await expect(env.get('loginService').finish('bluesky', callback)).rejects.toMatchObject({
      code: 'oauth-session-unknown',
    })
  })

  test('the answer to it is good once, also when it comes twice at the same moment', async ({ db }) => {
    await using env = await realPersistence(db)
    await addUser(env, ada)
    const callback = await startLogin(env, ada)
    const finish = () => env.get('loginService').finish('bluesky', callback)
    const results = await Promise.allSettled([finish(), finish(), finish()])
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await expect(db.table('sessions')).toHaveCount(1)
  })

  test('those past their time are cleared away by the next one', async ({ db }) => {
    const clock = createTestClock()
    await using env = await realPersistence(db, { replace: clock.registration })
    await startLogin(env, ada)
    clock.advance(15)
    const second = await startLogin(env, ada)
    await expect(db.table('oauth_sessions')).toHaveCount(1)
    await expect(db.table('oauth_sessions')).toHaveRow({ state: second.get('state') ?? '' })
  })
})
