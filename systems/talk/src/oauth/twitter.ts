import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { TalkError } from '../domain/errors.ts'
import { parseHandle, parseIdentity } from '../domain/values.ts'
import type { OAuthClient } from './client.ts'

/** What the Twitter client is told. */
export interface TwitterOptions {
  /** Where people reach talk; Twitter sends them back to `/auth/twitter/callback` under it. */
  readonly publicUrl: string
  readonly clientId: string
  readonly clientSecret: string
  /** Where people agree. Default: `https://x.com`. */
  readonly authorizeUrl?: string
  /** Where codes become tokens. Default: `https://api.x.com`. */
  readonly apiUrl?: string
}

const tokenSchema = z.object({ access_token: z.string().min(1) })
const userSchema = z.object({
  data: z.object({
    id: z.string(),
    username: z.string(),
    profile_image_url: z.string().optional(),
    description: z.string().optional(),
  }),
})

/**
 * Signs people in with Twitter: authorization code with PKCE as a confidential client.
 *
 * @see https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
 */
export function createTwitterClient(options: TwitterOptions): OAuthClient {
  const redirectUri = new URL('/auth/twitter/callback', options.publicUrl).href
  const apiUrl = options.apiUrl ?? 'https://api.x.com'
  const credentials = Buffer.from(
    `${encodeURIComponent(options.clientId)}:${encodeURIComponent(options.clientSecret)}`,
  ).toString('base64')

  return {
    provider: 'twitter',
    start: async () => {
      const state = randomBytes(24).toString('base64url')
      const pkceVerifier = randomBytes(32).toString('base64url')
      const url = new URL('/i/oauth2/authorize', options.authorizeUrl ?? 'https://x.com')
      url.search = new URLSearchParams({
        response_type: 'code',
        client_id: options.clientId,
        redirect_uri: redirectUri,
        scope: 'users.read tweet.read',
        state,
        code_challenge: createHash('sha256').update(pkceVerifier).digest('base64url'),
        code_challenge_method: 'S256',
      }).toString()
      return {
        url,
        state: {
          state,
          pkceVerifier,
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
      if (!code || callback.get('state') !== state.state) {
        throw new TalkError('oauth-failed', 'Twitter did not confirm the login.')
      }
      try {
        const { access_token: token } = tokenSchema.parse(
          await readJson(new URL('/2/oauth2/token', apiUrl), {
            method: 'POST',
            headers: { authorization: `Basic ${credentials}` },
            body: new URLSearchParams({
              grant_type: 'authorization_code',
              code,
              redirect_uri: redirectUri,
              code_verifier: state.pkceVerifier,
            }),
          }),
        )
        const me = new URL('/2/users/me?user.fields=profile_image_url,description', apiUrl)
        const { data } = userSchema.parse(await readJson(me, { headers: { authorization: `Bearer ${token}` } }))
        return {
          ...parseIdentity('twitter', data.id),
          handle: parseHandle(data.username),
          avatarUrl: data.profile_image_url ?? null,
          email: null,
          bio: data.description ?? null,
        }
      } catch (cause) {
        throw new TalkError('oauth-failed', 'Twitter did not confirm the login.', { cause })
      }
    },
  }
}

async function readJson(url: URL, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(10_000) })
  if (!response.ok) throw new Error(`${init.method ?? 'GET'} ${url.pathname} answered ${response.status}`)
  return await response.json()
}
