import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBlueskyClient } from '../../src/oauth/bluesky.ts'
import { createTwitterClient } from '../../src/oauth/twitter.ts'
import { defineOAuthContract } from '../contract/oauth.ts'
import { type FakeTwitter, startFakeTwitter, twitterCredentials } from '../support/fake-twitter.ts'
import { plcDid } from '../support/pds/accounts.ts'
import { type FakePds, startFakePds } from '../support/pds/server.ts'

const publicUrl = 'http://127.0.0.1:8000'

describe('the real Bluesky client', () => {
  const ada = { did: plcDid('ada'), handle: 'ada.example.com', avatar: 'https://cdn.example.com/a', description: 'Hi' }
  const bob = { did: plcDid('bob'), handle: 'bob.example.com' }
  let pds: FakePds
  beforeAll(async () => {
    pds = await startFakePds([ada, bob])
    return () => pds.close()
  })
  const client = () => createBlueskyClient({ publicUrl, pdsUrl: pds.origin, plcUrl: pds.origin, allowHttp: true })
  const countOf = (path: string, status: number) =>
    pds.served.filter((request) => request.path === path && request.status === status).length

  defineOAuthContract(() => ({
    client: client(),
    person: { id: ada.did, handle: ada.handle },
    approve: async (url) => (await pds.decide(url, 'approve')).searchParams,
    deny: async (url) => (await pds.decide(url, 'deny')).searchParams,
  }))

  test('it reads the profile with a proof of its own, and leaves no token behind', async () => {
    const { url, state } = await client().start(ada.handle)
    const profile = await client().finish(state, (await pds.decide(url, 'approve')).searchParams)
    expect(profile).toEqual({
      provider: 'bluesky',
      providerUserId: ada.did,
      handle: ada.handle,
      avatarUrl: 'https://cdn.example.com/a',
      email: null,
      bio: 'Hi',
    })
    expect(pds.tokens.size).toBe(0)
  })

  test('nothing of the login but a reference goes through the browser', async () => {
    const { url } = await client().start(ada.handle)
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
  })

  test('a nonce that the server handed out is used by whichever process goes on', async () => {
    const { url, state } = await client().start(ada.handle)
    const callback = (await pds.decide(url, 'approve')).searchParams
    const refused = countOf('/oauth/token', 400)
    await client().finish(state, callback)
    expect(countOf('/oauth/token', 400)).toBe(refused)
  })

  test('a nonce that the server does not take any more is replaced on the way', async () => {
    const { url, state } = await client().start(ada.handle)
    const callback = (await pds.decide(url, 'approve')).searchParams
    pds.rotateNonce()
    expect(await client().finish(state, callback)).toMatchObject({ providerUserId: ada.did })
  })

  test('without a handle the server asks who it is', async () => {
    const { url, state } = await client().start(null)
    expect(state.did).toBeNull()
    const callback = (await pds.decide(url, 'approve', bob.did)).searchParams
    expect(await client().finish(state, callback)).toMatchObject({ providerUserId: bob.did, avatarUrl: null })
  })

  test('who began as one person cannot come back as another', async () => {
    const { url, state } = await client().start(ada.handle)
    expect(state.did).toBe(ada.did)
    const callback = (await pds.decide(url, 'approve', bob.did)).searchParams
    await expect(client().finish(state, callback)).rejects.toMatchObject({ code: 'oauth-failed' })
    expect(pds.tokens.size).toBe(0)
  })

  test('an answer in another server’s name is refused', async () => {
    const { url, state } = await client().start(ada.handle)
    pds.faults.issuer = 'https://evil.example.com'
    const callback = (await pds.decide(url, 'approve')).searchParams
    delete pds.faults.issuer
    await expect(client().finish(state, callback)).rejects.toMatchObject({ code: 'oauth-failed' })
  })

  test('a code is good once', async () => {
    const { url, state } = await client().start(ada.handle)
    const callback = (await pds.decide(url, 'approve')).searchParams
    await client().finish(state, callback)
    await expect(client().finish(state, callback)).rejects.toMatchObject({ code: 'oauth-failed' })
  })

  test('a verifier that is not the login’s is refused', async () => {
    const { url, state } = await client().start(ada.handle)
    const callback = (await pds.decide(url, 'approve')).searchParams
    const forged = { ...state, pkceVerifier: 'x'.repeat(43) }
    await expect(client().finish(forged, callback)).rejects.toMatchObject({ code: 'oauth-failed' })
  })

  test('a handle that nobody has, or that the account does not claim, does not begin', async () => {
    await expect(client().start('nobody.example.com')).rejects.toMatchObject({ code: 'oauth-failed' })
    await expect(client().start('not a handle')).rejects.toMatchObject({ code: 'oauth-failed' })
  })

  test('a server in trouble fails the login', async () => {
    const { url, state } = await client().start(ada.handle)
    const callback = (await pds.decide(url, 'approve')).searchParams
    pds.faults.tokenStatus = 503
    const finished = client().finish(state, callback)
    await expect(finished).rejects.toMatchObject({ code: 'oauth-failed' })
    delete pds.faults.tokenStatus
  })

  test('in production plain http is not spoken', async () => {
    const strict = createBlueskyClient({ publicUrl, pdsUrl: pds.origin, plcUrl: pds.origin, allowHttp: false })
    const before = pds.served.length
    await expect(strict.start(ada.handle)).rejects.toMatchObject({ code: 'oauth-failed' })
    expect(pds.served.length).toBe(before)
  })
})

describe('the real Twitter client', () => {
  const person = { id: '42', handle: 'ada' }
  let twitter: FakeTwitter
  beforeAll(async () => {
    twitter = await startFakeTwitter(person)
  })
  afterAll(() => twitter[Symbol.asyncDispose]())

  defineOAuthContract(() => ({
    client: createTwitterClient({ publicUrl, ...twitterCredentials, apiUrl: twitter.origin }),
    person,
    approve: async (url) => twitter.approve(url),
    deny: async (url) => new URLSearchParams({ error: 'access_denied', state: url.searchParams.get('state') ?? '' }),
  }))
})
