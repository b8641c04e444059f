import { randomBytes } from 'node:crypto'
import { TalkError } from '../../src/domain/errors.ts'
import { type Identity, type Provider, parseHandle, parseIdentity } from '../../src/domain/values.ts'
import type { OAuthClient } from '../../src/oauth/client.ts'

/** Whom a fake provider signs in when a test names nobody. */
export const mockUsers: Readonly<Record<Provider, { readonly id: string; readonly handle: string }>> = {
  bluesky: { id: 'did:plc:mock123', handle: 'user.bsky.social' },
  twitter: { id: '1234567890', handle: 'twitteruser' },
}

/** The code that a fake provider refuses. */
export const invalidCode = 'invalid'

/** The code with which a fake provider signs in this very person. */
export function codeFor(person: { readonly id: string; readonly handle: string }): string {
  return `user:${JSON.stringify(person)}`
}

/** A provider that asks nobody: any code signs in {@link mockUsers}, {@link codeFor} someone else, {@link invalidCode} no one. */
export function createFakeOAuthClient(provider: Provider): OAuthClient {
  return {
    provider,
    start: async (handle) => {
      const state = randomBytes(24).toString('base64url')
      const url = new URL(`https://${provider}.invalid/authorize`)
      url.searchParams.set('state', state)
      if (handle) url.searchParams.set('login_hint', handle)
      return {
        url,
        state: {
          state,
          pkceVerifier: randomBytes(32).toString('base64url'),
          issuer: null,
          did: null,
          dpopPrivateJwk: null,
          dpopNonces: {},
          authMethod: null,
        },
      }
    },
    finish: async (state, callback) => {
      const code = callback.get('code')
      if (!code || code === invalidCode || callback.get('state') !== state.state) {
        throw new TalkError('oauth-failed', 'The fake provider refused the code.')
      }
      const person = code.startsWith('user:') ? readPerson(code) : mockUsers[provider]
      const identity: Identity = parseIdentity(provider, person.id)
      return { ...identity, handle: parseHandle(person.handle), avatarUrl: null, email: null, bio: null }
    },
  }
}

function readPerson(code: string): { readonly id: string; readonly handle: string } {
  const person: unknown = JSON.parse(code.slice('user:'.length))
  if (typeof person === 'object' && person !== null && 'id' in person && 'handle' in person) {
    return { id: String(person.id), handle: String(person.handle) }
  }
  throw new TalkError('oauth-failed', 'The fake provider cannot read the code.')
}
