import { describe, expect, test } from 'vitest'
import { defineOAuthContract } from '../contract/oauth.ts'
import { codeFor, createFakeOAuthClient, invalidCode, mockUsers } from '../harness/fake-oauth.ts'

function callback(url: URL, code: string): URLSearchParams {
  return new URLSearchParams({ state: url.searchParams.get('state') ?? '', code })
}

describe.each(['bluesky', 'twitter'] as const)('the fake %s', (provider) => {
  const client = createFakeOAuthClient(provider)

  defineOAuthContract(() => ({
    client,
    person: mockUsers[provider],
    approve: async (url) => callback(url, 'anything'),
    deny: async (url) => new URLSearchParams({ state: url.searchParams.get('state') ?? '', error: 'access_denied' }),
  }))
})

test('the fake Bluesky signs in did:plc:mock123 and refuses the code "invalid"', async () => {
  const client = createFakeOAuthClient('bluesky')
  const { url, state } = await client.start(null)
  expect(await client.finish(state, callback(url, 'mock'))).toMatchObject({
    providerUserId: 'did:plc:mock123',
    handle: 'user.bsky.social',
  })
  expect(invalidCode).toBe('invalid')
  await expect(client.finish(state, callback(url, 'invalid'))).rejects.toMatchObject({ code: 'oauth-failed' })
})

test('a code can name the person', async () => {
  const client = createFakeOAuthClient('bluesky')
  const { url, state } = await client.start(null)
  const person = { id: 'did:plc:ada', handle: 'ada.bsky.social' }
  expect(await client.finish(state, callback(url, codeFor(person)))).toMatchObject({ providerUserId: 'did:plc:ada' })
})
