import { expect, test } from 'vitest'
import { parseDid, parseHandle, parseIdentity, parseProvider } from '../../src/domain/values.ts'

const invalid = expect.objectContaining({ code: 'invalid-value' })

test('a handle has 1 to 255 characters', () => {
  expect(parseHandle('a')).toBe('a')
  expect(parseHandle('a'.repeat(255))).toHaveLength(255)
  expect(parseHandle(' @ada.bsky.social ')).toBe('ada.bsky.social')
  for (const wrong of ['', '  ', '@', 'a'.repeat(256)]) expect(() => parseHandle(wrong)).toThrow(invalid)
})

test('a DID starts with did: and has at most 255 characters', () => {
  expect(parseDid('did:plc:mock123')).toBe('did:plc:mock123')
  expect(parseDid('did:web:example.com%3A3000')).toBe('did:web:example.com%3A3000')
  expect(parseDid(`did:plc:${'a'.repeat(247)}`)).toHaveLength(255)
  const wrongs = [
    '',
    'plc:abc',
    'did:',
    'did:plc:',
    'DID:plc:abc',
    'did:plc:a b',
    'did:plc:a:',
    `did:plc:${'a'.repeat(248)}`,
  ]
  for (const wrong of wrongs) expect(() => parseDid(wrong)).toThrow(invalid)
})

test('an id follows the rule of its provider', () => {
  expect(parseIdentity('bluesky', 'did:plc:abc')).toEqual({ provider: 'bluesky', providerUserId: 'did:plc:abc' })
  expect(parseIdentity('twitter', '42')).toEqual({ provider: 'twitter', providerUserId: '42' })
  expect(() => parseIdentity('bluesky', '42')).toThrow(invalid)
  expect(() => parseIdentity('twitter', 'did:plc:abc')).toThrow(invalid)
})

test('an unknown provider is named with the known ones', () => {
  expect(parseProvider('bluesky')).toBe('bluesky')
  expect(() => parseProvider('myspace')).toThrow('There are: bluesky, twitter.')
})
