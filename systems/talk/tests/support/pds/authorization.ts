import { randomBytes } from 'node:crypto'
import { type Context, Hono } from 'hono'
import type { PdsAccount } from './accounts.ts'
import { type DpopGuard, sha256 } from './dpop.ts'

/** A login that was pushed and waits for the person. */
interface PushedRequest {
  readonly parameters: URLSearchParams
  readonly thumbprint: string
}

/** A code that waits to be exchanged. */
interface Grant extends PushedRequest {
  readonly did: string
}

/** A token that is in force. */
export interface AccessToken {
  readonly did: string
  readonly thumbprint: string
}

/** What can be made to go wrong. */
export interface AuthorizationFaults {
  /** Answer `iss` of the callback instead of the true one. */
  issuer?: string
  /** Status with which the token endpoint fails. */
  tokenStatus?: 500 | 503
}

/** What {@link authorizationRoutes} needs. */
export interface AuthorizationOptions {
  readonly origin: () => string
  readonly accounts: ReadonlyMap<string, PdsAccount>
  readonly tokens: Map<string, AccessToken>
  readonly dpop: DpopGuard
  readonly faults: AuthorizationFaults
}

const requestUriPrefix = 'urn:ietf:params:oauth:request_uri:'

/** The authorization server's side of https://atproto.com/specs/oauth: metadata, PAR, consent, token, revocation. */
export function authorizationRoutes({ origin, accounts, tokens, dpop, faults }: AuthorizationOptions): Hono {
  const routes = new Hono()
  const pushed = new Map<string, PushedRequest>()
  const grants = new Map<string, Grant>()

  routes.get('/.well-known/oauth-protected-resource', (context) =>
    context.json({ resource: origin(), authorization_servers: [origin()], scopes_supported: [] }),
  )

  routes.get('/.well-known/oauth-authorization-server', (context) =>
    context.json({
      issuer: origin(),
      authorization_endpoint: `${origin()}/oauth/authorize`,
      token_endpoint: `${origin()}/oauth/token`,
      revocation_endpoint: `${origin()}/oauth/revoke`,
      pushed_authorization_request_endpoint: `${origin()}/oauth/par`,
      require_pushed_authorization_requests: true,
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      dpop_signing_alg_values_supported: ['ES256'],
      token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['ES256'],
      scopes_supported: ['atproto', 'transition:generic'],
      protected_resources: [origin()],
    }),
  )

  routes.post('/oauth/par', async (context) => {
    const proof = await dpop.check(context, `${origin()}/oauth/par`)
    if ('error' in proof) return refuse(context, proof.error)
    const parameters = await readForm(context)
    const problem = checkRequest(parameters)
    if (problem) return refuse(context, 'invalid_request', problem)
    const requestUri = requestUriPrefix + randomBytes(16).toString('base64url')
    pushed.set(requestUri, { parameters, thumbprint: proof.thumbprint })
    return context.json({ request_uri: requestUri, expires_in: 300 }, 201)
  })

  // A person would see a form here; `decision` is what they press, `did` the account they choose.
  routes.get('/oauth/authorize', (context) => {
    const request = pushed.get(context.req.query('request_uri') ?? '')
    if (!request || context.req.query('client_id') !== request.parameters.get('client_id')) {
      return context.text('unknown request', 400)
    }
    const hint = request.parameters.get('login_hint')
    const account =
      accounts.get(context.req.query('did') ?? '') ?? [...accounts.values()].find((known) => known.handle === hint)
    const decision = context.req.query('decision')
    if (!decision || !account)
      return context.html(`<form><p>Sign in to talk as ${account?.handle ?? 'whom?'}</p></form>`)

    pushed.delete(context.req.query('request_uri') ?? '')
    const callback = new URL(request.parameters.get('redirect_uri') ?? '')
    callback.searchParams.set('state', request.parameters.get('state') ?? '')
    callback.searchParams.set('iss', faults.issuer ?? origin())
    if (decision === 'deny') {
      callback.searchParams.set('error', 'access_denied')
    } else {
      const code = `cod-${randomBytes(16).toString('base64url')}`
      grants.set(code, { ...request, did: account.did })
      callback.searchParams.set('code', code)
    }
    return context.redirect(callback.href, 303)
  })

  routes.post('/oauth/token', async (context) => {
    const proof = await dpop.check(context, `${origin()}/oauth/token`)
    if ('error' in proof) return refuse(context, proof.error)
    if (faults.tokenStatus) return context.json({ error: 'server_error' }, faults.tokenStatus)
    const form = await readForm(context)
    const code = form.get('code') ?? ''
    const grant = grants.get(code)
    grants.delete(code)
    if (form.get('grant_type') !== 'authorization_code' || !grant) return refuse(context, 'invalid_grant')
    const { parameters, thumbprint, did } = grant
    const same = (name: string): boolean => form.get(name) === parameters.get(name)
    if (!same('client_id') || !same('redirect_uri')) return refuse(context, 'invalid_grant')
    if (sha256(form.get('code_verifier') ?? '') !== parameters.get('code_challenge'))
      return refuse(context, 'invalid_grant')
    if (proof.thumbprint !== thumbprint) return refuse(context, 'invalid_dpop_proof')
    const token = `tok-${randomBytes(24).toString('base64url')}`
    tokens.set(token, { did, thumbprint })
    return context.json({
      access_token: token,
      refresh_token: `ref-${randomBytes(24).toString('base64url')}`,
      token_type: 'DPoP',
      expires_in: 3600,
      scope: parameters.get('scope'),
      sub: did,
    })
  })

  routes.post('/oauth/revoke', async (context) => {
    const proof = await dpop.check(context, `${origin()}/oauth/revoke`)
    if ('error' in proof) return refuse(context, proof.error)
    tokens.delete((await readForm(context)).get('token') ?? '')
    return context.body(null, 200)
  })

  return routes
}

/** What is wrong with a pushed request; null: nothing. */
function checkRequest(parameters: URLSearchParams): string | null {
  const clientId = parameters.get('client_id') ?? ''
  const redirect = parameters.get('redirect_uri') ?? ''
  if (!URL.canParse(clientId) || new URL(clientId).origin !== 'http://localhost')
    return 'the client is not a loopback one'
  if (!new URL(clientId).searchParams.getAll('redirect_uri').includes(redirect))
    return 'the redirect is not the client’s'
  if (parameters.get('response_type') !== 'code') return 'response_type is not code'
  if (parameters.get('code_challenge_method') !== 'S256') return 'code_challenge_method is not S256'
  if ((parameters.get('code_challenge') ?? '').length !== 43) return 'code_challenge is not a SHA-256'
  if (!parameters.get('state')) return 'state is missing'
  if (!parameters.get('scope')?.split(' ').includes('atproto')) return 'scope lacks atproto'
  return null
}

async function readForm(context: Context): Promise<URLSearchParams> {
  return new URLSearchParams(await context.req.text())
}

function refuse(context: Context, error: string, description?: string): Response {
  return context.json({ error, ...(description ? { error_description: description } : {}) }, 400)
}
