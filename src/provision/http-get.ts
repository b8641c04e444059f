import { readFileSync } from 'node:fs'
import { Agent, get as getPlain, type IncomingMessage } from 'node:http'
import { get as getSecure, Agent as SecureAgent } from 'node:https'

/** How to get something: proxies come from `env`, and certificates from what npm's or pip's settings say. */
export interface GetOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly headers: Readonly<Record<string, string>>
  /** Path of a file with certificates to trust in place of the usual ones. */
  readonly certificate: string | undefined
  /** Hosts (`host` or `host:port`) whose certificate is not checked. */
  readonly trustedHosts: readonly string[]
  readonly signal: AbortSignal
}

const mostRedirects = 5
/** Milliseconds in which something must come. */
const idleMs = 30_000

/**
 * Asks for an address, through the proxy of the environment if there is one, and follows redirects. Credentials in the
 * address go to its own host alone.
 *
 * @returns the answer, whatever its status, and the address that gave it
 */
export async function httpGet(
  address: URL,
  options: GetOptions,
  redirects: number = mostRedirects,
): Promise<{ readonly answer: IncomingMessage; readonly address: URL }> {
  const answer = await once(address, options)
  const { statusCode = 0, headers } = answer
  if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) return { answer, address }
  answer.resume()
  if (redirects === 0) throw new Error(`more than ${mostRedirects} redirects`)
  return httpGet(onward(headers.location, address), options, redirects - 1)
}

/** An address that another one named, with that one's credentials if it is on the same host. */
export function onward(reference: string, from: URL): URL {
  const to = new URL(reference, from)
  if (to.host === from.host && to.protocol === from.protocol && to.username === '') {
    to.username = from.username
    to.password = from.password
  }
  return to
}

function once(address: URL, options: GetOptions): Promise<IncomingMessage> {
  const { env, headers, certificate, trustedHosts, signal } = options
  const secure = address.protocol === 'https:'
  if (!secure && address.protocol !== 'http:') throw new Error(`no way to fetch ${address.protocol} addresses`)
  const trusted = trustedHosts.some((host) => host === address.host || host === address.hostname)
  const agent = secure
    ? new SecureAgent({
        proxyEnv: env,
        ...(certificate === undefined ? {} : { ca: readFileSync(certificate) }),
        ...(trusted ? { rejectUnauthorized: false } : {}),
      })
    : new Agent({ proxyEnv: env })
  return new Promise((resolve, reject) => {
    const request = (secure ? getSecure : getPlain)(address, { agent, headers, signal }, resolve)
    request.once('error', reject)
    request.setTimeout(idleMs, () => request.destroy(new Error(`${address.host} sent nothing for ${idleMs} ms`)))
  })
}
