import { Hono } from 'hono'

/** Someone who has an account on the fake server. */
export interface PdsAccount {
  /** `did:plc:` and 24 characters of base32. */
  readonly did: string
  readonly handle: string
  readonly avatar?: string
  readonly description?: string
}

/** A DID of the right shape: 24 characters of base32, led by a name. */
export function plcDid(name: string): string {
  return `did:plc:${name
    .toLowerCase()
    .replace(/[^a-z2-7]/g, '')
    .padEnd(24, '2')
    .slice(0, 24)}`
}

/**
 * Who is who: the PLC directory and the resolution of handles.
 *
 * @param origin of the server that the accounts live on
 * @see https://web.plc.directory/spec/v0.1/did-plc and https://atproto.com/specs/handle
 */
export function identityRoutes(accounts: ReadonlyMap<string, PdsAccount>, origin: () => string): Hono {
  const routes = new Hono()

  routes.get('/xrpc/com.atproto.identity.resolveHandle', (context) => {
    const handle = context.req.query('handle')
    const account = [...accounts.values()].find((known) => known.handle === handle)
    if (!account) return context.json({ error: 'InvalidRequest', message: 'Unable to resolve handle' }, 400)
    return context.json({ did: account.did })
  })

  routes.get('/:did', (context) => {
    const account = accounts.get(context.req.param('did'))
    if (!account) return context.json({ message: 'DID not registered' }, 404)
    return context.json({
      '@context': ['https://www.w3.org/ns/did/v1'],
      id: account.did,
      alsoKnownAs: [`at://${account.handle}`],
      verificationMethod: [],
      service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: origin() }],
    })
  })

  return routes
}
