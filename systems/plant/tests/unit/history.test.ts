import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { amend, noHistory } from '../../src/domain/amendments.ts'
import { canonicalJson } from '../../src/domain/canonical-json.ts'
import { checkChain, linkHash, sha256 } from '../../src/domain/hash-chain.ts'
import { checkHistory, type History, unsignedAmendments } from '../../src/index.ts'

const at = new Date('2026-01-02T03:04:05.678Z')
const first = amend(noHistory, { type: 'create', data: { name: 'SQL', tags: ['a'] }, at })
const second = amend(first, { type: 'update', data: { name: 'SQL 2' }, at })
const third = amend(second, { type: 'update', data: { name: 'SQL 3' }, at })

/** With another amendment at a place, and everything else as it was. */
function forged(history: History, place: number, change: object): History {
  return {
    ...history,
    amendmentHistory: history.amendmentHistory.map((each, here) => (here === place ? { ...each, ...change } : each)),
  }
}

describe('canonical JSON', () => {
  test('sorts names at each depth, and writes no white space', () => {
    expect(canonicalJson({ b: [1, { d: null, c: true }], a: 'x' })).toBe('{"a":"x","b":[1,{"c":true,"d":null}]}')
  })

  test('writes numbers and texts as RFC 8785 does', () => {
    const value = {
      '\u20ac': 'Euro',
      '\r': 'CR',
      '1': 'One',
      '\ud83d\ude00': 'Emoji',
      numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, -0],
    }
    expect(canonicalJson(value)).toBe(
      '{"\\r":"CR","1":"One","numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27,0],"\u20ac":"Euro","\ud83d\ude00":"Emoji"}',
    )
  })

  test('refuses what JSON cannot say', () => {
    expect(() => canonicalJson([Number.NaN])).toThrowErrorMatchingInlineSnapshot(
      `[PlantError: JSON has no number NaN.]`,
    )
  })
})

describe('a chain', () => {
  test('begins with the hash of the data, and goes on with that of the previous hash and the data', () => {
    expect(linkHash(undefined, 'a')).toBe('ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb')
    expect(linkHash(sha256('a'), 'b')).toBe(sha256(`${sha256('a')}b`))
  })

  test('that is empty does not pass', () => {
    expect(checkChain([], [])).toMatchInlineSnapshot(`
      {
        "brokenAt": null,
        "intact": false,
        "links": 0,
        "reason": "the chain is empty",
      }
    `)
  })

  test('with a link too few does not pass', () => {
    expect(checkChain([sha256('a')], ['a', 'b'])).toMatchInlineSnapshot(`
      {
        "brokenAt": 1,
        "intact": false,
        "links": 1,
        "reason": "1 hashes stand beside 2 data",
      }
    `)
  })

  test('of hashes that are right each for itself and not linked does not pass', () => {
    expect(checkChain([sha256('a'), sha256('b')], ['a', 'b'])).toMatchObject({ intact: false, brokenAt: 1 })
  })
})

describe('a history', () => {
  test('has an amendment and a link for each change, and the version of the newest', () => {
    expect(third.amendmentHistory.map(({ change_type }) => change_type)).toEqual(['create', 'update', 'update'])
    expect(third.hashChainSha256).toHaveLength(3)
    expect(third.versionHash).toBe(sha256('{"name":"SQL 3"}'))
    expect(checkHistory(third)).toEqual({ intact: true, links: 3, brokenAt: null, reason: '' })
  })

  test('keeps what was there', () => {
    expect(third.amendmentHistory.slice(0, 2)).toEqual(second.amendmentHistory)
    expect(third.hashChainSha256.slice(0, 2)).toEqual(second.hashChainSha256)
  })

  test('passes whatever order a database gives the names in', () => {
    const turned = third.amendmentHistory.map(({ signature_hash, data, change_type, timestamp }) => {
      return { signature_hash, data, change_type, timestamp }
    })
    expect(checkHistory({ ...third, amendmentHistory: turned }).intact).toBe(true)
  })

  test.each([
    ['data', { data: { name: 'NoSQL' } }],
    ['time', { timestamp: '2020-01-01T00:00:00.000Z' }],
    ['type', { change_type: 'other' }],
    ['hash', { signature_hash: sha256('other') }],
  ])('with the %s of an amendment changed is broken there', (_, change) => {
    expect(checkHistory(forged(third, 1, change))).toMatchObject({ intact: false, brokenAt: 1 })
  })

  test('without its last link is broken at its end', () => {
    const cut = { ...third, hashChainSha256: third.hashChainSha256.slice(0, 2) }
    expect(checkHistory(cut)).toMatchObject({ intact: false, brokenAt: 2 })
  })

  test('of another version than its newest amendment is broken', () => {
    expect(checkHistory({ ...third, versionHash: second.versionHash })).toMatchInlineSnapshot(`
      {
        "brokenAt": 2,
        "intact": false,
        "links": 3,
        "reason": "version_hash is not that of the newest amendment",
      }
    `)
  })

  test('with an amendment that lies about its data is broken, however well it is linked', () => {
    const lie = forged(first, 0, { signature_hash: sha256('other') })
    const linked = { ...lie, hashChainSha256: lie.amendmentHistory.map((each) => sha256(canonicalJson({ ...each }))) }
    expect(checkHistory(linked)).toMatchInlineSnapshot(`
      {
        "brokenAt": 0,
        "intact": false,
        "links": 1,
        "reason": "amendment 0 does not have the hash of its data",
      }
    `)
  })

  test('that is empty does not pass', () => {
    expect(checkHistory(noHistory).intact).toBe(false)
  })
})

describe('signatures', () => {
  const ours = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const theirs = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const signed = amend(first, { type: 'update', data: { name: 'b' }, at, signingKey: ours.privateKey })

  test('tell what was signed from what was not', () => {
    expect(unsignedAmendments(signed, ours.publicKey)).toEqual([0])
  })

  test('of another key, or over other data, do not count', () => {
    expect(unsignedAmendments(signed, theirs.publicKey)).toEqual([0, 1])
    expect(unsignedAmendments(forged(signed, 1, { data: { name: 'c' } }), ours.publicKey)).toEqual([0, 1])
  })

  test('are part of what is linked', () => {
    expect(checkHistory(signed).intact).toBe(true)
    expect(checkHistory(forged(signed, 1, { signature: 'AAAA' }))).toMatchObject({ intact: false, brokenAt: 1 })
  })
})
