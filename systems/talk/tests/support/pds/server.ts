import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { identityRoutes, type PdsAccount } from './accounts.ts'
import { type AccessToken, type AuthorizationFaults, authorizationRoutes } from './authorization.ts'
import { createDpopGuard } from './dpop.ts'

/** A request that the fake server answered. */
export interface Served {
  readonly method: string
  readonly path: string
  readonly status: number
}

/** A server of people's accounts, their authorization server and the PLC directory in one, on a loopback port. */
export interface FakePds extends AsyncDisposable {
  readonly origin: string
  readonly accounts: Map<string, PdsAccount>
  /** Tokens in force. */
  readonly tokens: ReadonlyMap<string, AccessToken>
  /** Set one to make it go wrong. */
  readonly faults: AuthorizationFaults
  /** What it answered so far, oldest first. */
  readonly served: Served[]
  /** The server wants another DPoP nonce from now on. */
  rotateNonce(): void
  /** Does what a browser does: opens the page, presses the button, and gives back the URL that it is sent to. */
  decide(url: URL, decision: 'approve' | 'deny', did?: string): Promise<URL>
  close(): Promise<void>
}

/** Starts a fake server with these accounts on it. */
export async function startFakePds(accounts: readonly PdsAccount[]): Promise<FakePds> {
  const known = new Map(accounts.map((account) => [account.did, account]))
  const tokens = new Map<string, AccessToken>()
  const authorizationDpop = createDpopGuard()
  const resourceDpop = createDpopGuard()
  const faults: AuthorizationFaults = {}
  const served: Served[] = []
  let address = ''
  const origin = (): string => address

  const app = new Hono()
  app.use(async (context, next) => {
    await next()
    served.push({ method: context.req.method, path: context.req.path, status: context.res.status })
  })
  app.route('/', authorizationRoutes({ origin, accounts: known, tokens, dpop: authorizationDpop, faults }))
  app.get('/xrpc/app.bsky.actor.getProfile', async (context) => {
    const token = /^DPoP (.+)$/.exec(context.req.header('authorization') ?? '')?.[1] ?? ''
    const proof = await resourceDpop.check(context, `${origin()}/xrpc/app.bsky.actor.getProfile`, token)
    if ('error' in proof) {
      context.header('WWW-Authenticate', `DPoP error="${proof.error}"`)
      return context.json({ error: proof.error }, 401)
    }
    if (tokens.get(token)?.thumbprint !== proof.thumbprint) return context.json({ error: 'InvalidToken' }, 401)
    const account = known.get(context.req.query('actor') ?? '')
    return account ? context.json(account) : context.json({ error: 'InvalidRequest' }, 400)
  })
  app.route('/', identityRoutes(known, origin))

  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', reject)
  })
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.close((error) => (error ? reject(error) : resolve()))
      if ('closeAllConnections' in server) server.closeAllConnections()
    })

  return {
    origin: address,
    accounts: known,
    tokens,
    faults,
    served,
    rotateNonce: () => {
      authorizationDpop.rotateNonce()
      resourceDpop.rotateNonce()
    },
    decide: async (url, decision, did) => {
      const page = new URL(url)
      page.searchParams.set('decision', decision)
      if (did) page.searchParams.set('did', did)
      const response = await fetch(page, { redirect: 'manual' })
      const location = response.headers.get('location')
      if (!location) throw new Error(`the consent page answered ${response.status}: ${await response.text()}`)
      return new URL(location)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
