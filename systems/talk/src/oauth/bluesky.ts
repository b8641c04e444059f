import { isIP } from 'node:net'
import {
  type AtprotoDid,
  buildAtprotoLoopbackClientMetadata,
  NodeOAuthClient,
  type NodeSavedSession,
  type NodeSavedState,
  type OAuthClientMetadataInput,
  type OAuthSession,
  requestLocalLock,
} from '@atproto/oauth-client-node'
import { z } from 'zod'
import { TalkError } from '../domain/errors.ts'
import { parseHandle } from '../domain/values.ts'
import type { OAuthClient, OAuthState } from './client.ts'

/** Identity, and reading the profile through the person's own server. See https://atproto.com/specs/oauth#authorization-scopes */
const scope = 'atproto transition:generic'

/** What the Bluesky client is told. */
export interface BlueskyOptions {
  /** Where people reach talk; the provider sends them back to `/auth/bluesky/callback` under it. */
  readonly publicUrl: string
  /** Resolves handles, and takes logins that name none. */
  readonly pdsUrl: string
  /** Resolves `did:plc`. Default: the public directory. */
  readonly plcUrl?: string
  /** Takes plain http from servers: for development alone. */
  readonly allowHttp: boolean
}

/**
 * The document that tells authorization servers who talk is. On a loopback address the client id itself says it
 * (https://atproto.com/specs/oauth#localhost-client-development); elsewhere servers read it at the client id's URL.
 */
export function blueskyClientMetadata(publicUrl: string): OAuthClientMetadataInput {
  const redirect = new URL('/auth/bluesky/callback', publicUrl)
  if (redirect.protocol === 'http:') {
    if (redirect.hostname === 'localhost') redirect.hostname = '127.0.0.1'
    return buildAtprotoLoopbackClientMetadata({ scope, redirect_uris: [redirect.href as `http://127.0.0.1/${string}`] })
  }
  return {
    client_id: new URL('/oauth/client-metadata.json', publicUrl).href,
    client_name: 'talk',
    client_uri: new URL(publicUrl).origin as `https://${string}`,
    redirect_uris: [redirect.href as `https://${string}`],
    scope,
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
    application_type: 'web',
    dpop_bound_access_tokens: true,
  }
}

/** Signs people in with their AT Protocol account (PAR, PKCE, DPoP), by `@atproto/oauth-client-node`. */
export function createBlueskyClient(options: BlueskyOptions): OAuthClient {
  const clientMetadata = blueskyClientMetadata(options.publicUrl)

  // The library keeps state by itself; one of its clients per step, on memory of that step alone, leaves the keeping to
  // the caller and lets no two logins meet.
  function clientOfOneStep(saved: Map<string, NodeSavedState>, nonces: Map<string, string>): NodeOAuthClient {
    return new NodeOAuthClient({
      clientMetadata,
      responseMode: 'query',
      handleResolver: options.pdsUrl,
      plcDirectoryUrl: options.plcUrl,
      allowHttp: options.allowHttp,
      fetch: guardedFetch(options.allowHttp),
      requestLock: requestLocalLock,
      dpopNonceCache: storeOf(nonces),
      stateStore: storeOf(saved),
      sessionStore: storeOf(new Map<string, NodeSavedSession>()),
    })
  }

  return {
    provider: 'bluesky',
    start: async (handle) => {
      const saved = new Map<string, NodeSavedState>()
      const nonces = new Map<string, string>()
      const client = clientOfOneStep(saved, nonces)
      try {
        const expected = handle === null ? null : (await client.identityResolver.resolve(handle)).did
        const url = await client.authorize(handle ?? options.pdsUrl, { scope })
        const [state, data] = [...saved][0] ?? []
        if (!state || !data?.verifier) throw new Error('the client kept no state')
        return {
          url,
          state: {
            state,
            pkceVerifier: data.verifier,
            issuer: data.iss,
            did: expected,
            dpopPrivateJwk: { ...data.dpopJwk },
            dpopNonces: Object.fromEntries(nonces),
            authMethod: typeof data.authMethod === 'object' ? { ...data.authMethod } : null,
          },
        }
      } catch (cause) {
        throw new TalkError('oauth-failed', 'Bluesky did not begin the login.', { cause })
      }
    },
    finish: async (state, callback) => {
      const client = clientOfOneStep(
        new Map([[state.state, toSavedState(state)]]),
        new Map(Object.entries(state.dpopNonces)),
      )
      try {
        const { session } = await client.callback(callback)
        try {
          if (state.did !== null && state.did !== session.did) {
            throw new TypeError('the login began for another account')
          }
          return await readProfile(client, session)
        } finally {
          // talk acts on nobody's behalf: the tokens go once they have shown who it is.
          await session.signOut().catch(() => undefined)
        }
      } catch (cause) {
        throw new TalkError('oauth-failed', 'Bluesky did not confirm the login.', { cause })
      }
    },
  }
}

async function readProfile(client: NodeOAuthClient, session: OAuthSession): ReturnType<OAuthClient['finish']> {
  const { handle } = await client.identityResolver.resolve(session.did)
  const profile = await fetchProfile(session, session.did)
  return {
    provider: 'bluesky',
    providerUserId: session.did,
    // A handle that does not resolve back to the account could be anybody's.
    handle: parseHandle(handle === 'handle.invalid' ? session.did : handle),
    avatarUrl: profile.avatar ?? null,
    email: null,
    bio: profile.description ?? null,
  }
}

const profileSchema = z.object({ avatar: z.url().optional(), description: z.string().optional() })

/** Picture and description are a nicety: a login does not fail for want of them. */
async function fetchProfile(session: OAuthSession, did: AtprotoDid): Promise<z.infer<typeof profileSchema>> {
  try {
    const response = await session.fetchHandler(`/xrpc/app.bsky.actor.getProfile?actor=${encodeURIComponent(did)}`, {
      signal: AbortSignal.timeout(5_000),
    })
    return response.ok ? profileSchema.parse(await response.json()) : {}
  } catch {
    return {}
  }
}

function toSavedState(state: OAuthState): NodeSavedState {
  return {
    iss: state.issuer ?? '',
    verifier: state.pkceVerifier,
    dpopJwk: state.dpopPrivateJwk as NodeSavedState['dpopJwk'],
    authMethod: state.authMethod as NodeSavedState['authMethod'],
  }
}

/**
 * Identities name servers of their own, so whoever logs in chooses what talk calls: outside development that is https on a
 * named host, nothing else, and never for long.
 */
function guardedFetch(allowHttp: boolean): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const { protocol, hostname, port } = new URL(request.url)
    if (!allowHttp && (protocol !== 'https:' || port !== '' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0)) {
      throw new TypeError(`${hostname} is not reached by https on a named host`)
    }
    return await fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(10_000)]) })
  }
}

function storeOf<Value>(map: Map<string, Value>): {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  del(key: string): void
} {
  return {
    get: (key) => map.get(key),
    set: (key, value) => void map.set(key, value),
    del: (key) => void map.delete(key),
  }
}
