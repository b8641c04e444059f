import { asValue } from 'awilix'
import { describe, expect, test } from 'vitest'
import { TalkError } from '../../src/domain/errors.ts'
import { blueskyClientMetadata } from '../../src/oauth/bluesky.ts'
import { codeFor, createEnv, type Env, type EnvOptions } from '../harness/index.ts'
import { type Browser, openBrowser } from '../support/browser.ts'
import { addUser, invite, person } from '../support/login.ts'

interface CreatedBody {
  readonly created: readonly { readonly id: string; readonly token: string; readonly url: string }[]
  readonly failed: readonly unknown[]
}

const [ada, bob] = [person('ada'), person('bob')]

async function leave(browser: Browser, path = '/auth/bluesky/login'): Promise<string> {
  const response = await browser.get(path)
  expect(response.status).toBe(302)
  return new URL(response.headers.get('location') ?? '').searchParams.get('state') ?? ''
}

async function signIn(env: Env, who = ada): Promise<Browser> {
  const browser = openBrowser(env.app)
  const state = await leave(browser)
  await browser.get(`/auth/bluesky/callback?${new URLSearchParams({ state, code: codeFor(who) })}`)
  return browser
}

async function envWithAda(options: EnvOptions = {}): Promise<Env> {
  const env = await createEnv(options)
  await addUser(env, ada)
  return env
}

describe('login', () => {
  test('it sets a cookie that scripts cannot read, for 30 days', async () => {
    await using env = await envWithAda()
    const browser = openBrowser(env.app)
    const state = await leave(browser, '/auth/bluesky/login?handle=ada.bsky.social')
    const response = await browser.get(`/auth/bluesky/callback?${new URLSearchParams({ state, code: codeFor(ada) })}`)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ user: { handle: ada.handle }, created: false })
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith('auth_token='))
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Lax/)
    expect(cookie).toMatch(/Path=\//)
    expect(cookie).not.toMatch(/Secure/)
    const days = (Date.parse(/Expires=([^;]+)/.exec(cookie ?? '')?.[1] ?? '') - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(29.9)
    expect((await browser.get('/me')).status).toBe(200)
  })

  test('behind https the cookies go over https alone', async () => {
    await using env = await envWithAda({ variables: { PUBLIC_URL: 'https://talk.example.com' } })
    const response = await openBrowser(env.app).get('/auth/bluesky/login')
    expect(response.headers.getSetCookie().join()).toMatch(/Secure/)
  })

  test('an answer that comes to another browser is refused', async () => {
    await using env = await envWithAda()
    const state = await leave(openBrowser(env.app))
    const victim = openBrowser(env.app)
    const response = await victim.get(`/auth/bluesky/callback?${new URLSearchParams({ state, code: codeFor(ada) })}`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ type: '/problems/oauth-session-unknown' })
    expect(victim.cookie('auth_token')).toBeUndefined()
  })

  test('it ends at the front end where there is one', async () => {
    await using env = await envWithAda({ variables: { FRONTEND_URL: 'https://talk.example.com/welcome' } })
    const browser = openBrowser(env.app)
    const state = await leave(browser)
    const response = await browser.get(`/auth/bluesky/callback?${new URLSearchParams({ state, code: codeFor(ada) })}`)
    expect([response.status, response.headers.get('location')]).toEqual([303, 'https://talk.example.com/welcome'])
  })

  test('an invited person is created', async () => {
    await using env = await createEnv()
    const [sent] = await invite(env, await addUser(env, ada), bob)
    const browser = openBrowser(env.app)
    const state = await leave(browser, `/auth/bluesky/login?invite=${sent?.token}`)
    const response = await browser.get(`/auth/bluesky/callback?${new URLSearchParams({ state, code: codeFor(bob) })}`)
    expect(response.status).toBe(201)
  })
})

describe('signed in', () => {
  test('me shows the user, the identities and the invites left', async () => {
    await using env = await envWithAda()
    const browser = await signIn(env)
    expect(await (await browser.get('/me')).json()).toMatchObject({
      user: { handle: ada.handle, karma: 0, inviteQuota: 5 },
      identities: [{ provider: 'bluesky', providerUserId: ada.id, isPrimary: true }],
      invitesRemaining: 5,
    })
  })

  test('invites are made, listed and taken back', async () => {
    await using env = await envWithAda()
    const browser = await signIn(env)
    const response = await browser.send('POST', '/invites', {
      invitees: [
        { handle: bob.handle, providerId: bob.id, name: 'Bob' },
        { handle: ada.handle, providerId: ada.id },
      ],
    })
    expect(response.status).toBe(201)
    const { created, failed } = (await response.json()) as CreatedBody
    const [sent] = created
    if (!sent) throw new Error('nobody was invited')
    expect(created).toMatchObject([{ handle: bob.handle, name: 'Bob', status: 'pending' }])
    expect(sent.url).toContain(`invite=${sent.token}`)
    expect(failed).toEqual([{ handle: ada.handle, reason: 'already-a-user' }])
    expect(await (await browser.get('/invites')).json()).toMatchObject({ invites: created, remaining: 4 })
    expect((await browser.send('DELETE', `/invites/${sent.id}`)).status).toBe(204)
    expect((await browser.send('DELETE', `/invites/${sent.id}`)).status).toBe(409)
    expect((await browser.send('DELETE', '/invites/not-a-uuid')).status).toBe(404)
  })

  test('a bearer token is as good as the cookie', async () => {
    await using env = await envWithAda()
    const token = (await signIn(env)).cookie('auth_token')
    const response = await env.app.request('/me', { headers: { authorization: `Bearer ${token}` } })
    expect(response.status).toBe(200)
  })

  test('logging out ends the session and takes the cookie', async () => {
    await using env = await envWithAda()
    const browser = await signIn(env)
    const token = browser.cookie('auth_token')
    expect((await browser.send('POST', '/auth/logout')).status).toBe(204)
    expect(browser.cookie('auth_token')).toBeUndefined()
    const response = await env.app.request('/me', { headers: { cookie: `auth_token=${token}` } })
    expect(response.status).toBe(401)
  })
})

describe('problems', () => {
  test.each([
    ['GET', '/me', 401, '/problems/not-signed-in'],
    ['GET', '/invites', 401, '/problems/not-signed-in'],
    ['POST', '/invites', 401, '/problems/not-signed-in'],
    ['DELETE', '/invites/1', 401, '/problems/not-signed-in'],
    ['GET', '/auth/myspace/login', 404, '/problems/provider-unavailable'],
    ['GET', `/auth/bluesky/login?handle=${'a'.repeat(256)}`, 422, '/problems/invalid-value'],
    ['GET', '/auth/bluesky/login?invite=', 422, '/problems/invalid-request'],
    ['GET', '/auth/bluesky/callback', 400, '/problems/oauth-session-unknown'],
    ['GET', '/nothing', 404, 'about:blank'],
  ])('%s %s answers %i', async (method, path, status, type) => {
    await using env = await createEnv()
    const response = await env.app.request(path, { method })
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    const body = await response.json()
    expect(body).toMatchObject({ type, status, title: expect.any(String) })
  })

  test.each([
    ['no JSON', undefined],
    ['nobody', { invitees: [] }],
    ['no id', { invitees: [{ handle: 'x' }] }],
  ])('a request for invites with %s is answered with the places', async (_, body) => {
    await using env = await envWithAda()
    const response = await (await signIn(env)).send('POST', '/invites', body)
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({
      errors: expect.arrayContaining([{ at: expect.any(String), message: expect.any(String) }]),
    })
  })

  test('a fault of ours says nothing about its cause', async () => {
    const secret = new Error('password of the database')
    const broken = {
      provider: 'bluesky' as const,
      start: () => Promise.reject(secret),
      finish: () => Promise.reject(secret),
    }
    await using env = await createEnv({ replace: { blueskyClient: asValue(broken) } })
    const response = await env.app.request('/auth/bluesky/login')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('password')
  })

  test('the cause of a refusal stays inside', async () => {
    const refusal = new TalkError('oauth-failed', 'No.', { cause: new Error('a token') })
    const broken = {
      provider: 'bluesky' as const,
      start: () => Promise.reject(refusal),
      finish: () => Promise.reject(refusal),
    }
    await using env = await createEnv({ replace: { blueskyClient: asValue(broken) } })
    const response = await env.app.request('/auth/bluesky/login')
    expect(response.status).toBe(401)
    expect(await response.text()).not.toContain('a token')
  })
})

describe('the rest', () => {
  test('health asks the database', async () => {
    await using env = await createEnv()
    expect((await env.app.request('/health')).status).toBe(200)
    const persistence = { ...env.get('persistence'), ping: () => Promise.reject(new Error('gone')) }
    await using broken = await createEnv({ replace: { persistence: asValue(persistence) } })
    expect((await broken.app.request('/health')).status).toBe(503)
  })

  test('Twitter is there only where it is set up', async () => {
    await using env = await createEnv({ replace: { twitterClient: asValue(null) } })
    expect((await env.app.request('/auth/twitter/login')).status).toBe(404)
  })

  test('authorization servers read who talk is', async () => {
    await using env = await createEnv({ variables: { PUBLIC_URL: 'https://talk.example.com' } })
    const metadata = await (await env.app.request('/oauth/client-metadata.json')).json()
    expect(metadata).toEqual(blueskyClientMetadata('https://talk.example.com'))
    expect(metadata).toMatchObject({
      client_id: 'https://talk.example.com/oauth/client-metadata.json',
      redirect_uris: ['https://talk.example.com/auth/bluesky/callback'],
      dpop_bound_access_tokens: true,
    })
  })
})
