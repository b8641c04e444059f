import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { sha256 } from './pds/dpop.ts'

/** The credentials that the fake server knows talk by. */
export const twitterCredentials = { clientId: 'talk', clientSecret: 'a secret / of: the tests' }

/** Twitter's token endpoint and its users, on a loopback port. */
export interface FakeTwitter extends AsyncDisposable {
  readonly origin: string
  /** What the consent page would do: a code for this person, and the query that the browser brings back. */
  approve(url: URL): URLSearchParams
}

/** Starts a fake Twitter with one person on it. */
export async function startFakeTwitter(person: { readonly id: string; readonly handle: string }): Promise<FakeTwitter> {
  const challenges = new Map<string, URLSearchParams>()
  const tokens = new Set<string>()
  const basic = `${encodeURIComponent(twitterCredentials.clientId)}:${encodeURIComponent(twitterCredentials.clientSecret)}`

  const app = new Hono()
  app.post('/2/oauth2/token', async (context) => {
    const form = new URLSearchParams(await context.req.text())
    const asked = challenges.get(form.get('code') ?? '')
    challenges.delete(form.get('code') ?? '')
    const proven =
      context.req.header('authorization') === `Basic ${Buffer.from(basic).toString('base64')}` &&
      asked?.get('code_challenge') === sha256(form.get('code_verifier') ?? '') &&
      asked.get('redirect_uri') === form.get('redirect_uri')
    if (!proven) return context.json({ error: 'invalid_request' }, 400)
    const token = randomBytes(16).toString('base64url')
    tokens.add(token)
    return context.json({ token_type: 'bearer', access_token: token, expires_in: 7200 })
  })
  app.get('/2/users/me', (context) => {
    const token = /^Bearer (.+)$/.exec(context.req.header('authorization') ?? '')?.[1] ?? ''
    if (!tokens.has(token)) return context.json({ title: 'Unauthorized' }, 401)
    return context.json({ data: { id: person.id, username: person.handle, name: 'A person' } })
  })

  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', reject)
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    approve: (url) => {
      const code = randomBytes(16).toString('base64url')
      challenges.set(code, url.searchParams)
      return new URLSearchParams({ code, state: url.searchParams.get('state') ?? '' })
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}
