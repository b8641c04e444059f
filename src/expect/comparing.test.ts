import { expect, test } from 'vitest'
import { containsAsymmetric, differences, display, matchesAnyForm, section } from './index.ts'

test('differences of json are found where they are', () => {
  expect(differences({ a: [1, { b: 'x' }], c: 1 }, { a: [1, { b: 'y' }], 'd e': 2 })).toEqual([
    { path: '.a[1].b', actual: 'x', expected: 'y' },
    { path: '["d e"]', actual: undefined, expected: 2 },
    { path: '.c', actual: 1, expected: undefined },
  ])
  expect(differences([1, 2], [1])).toEqual([{ path: '[1]', actual: 2, expected: undefined }])
  expect(differences({ a: 1 }, [1])).toHaveLength(1)
})

test('json is compared as JSON.stringify would write it', () => {
  const at = new Date('2026-01-01T00:00:00Z')
  expect(differences({ b: 1, a: at.toJSON() }, { a: at, b: 1n, c: undefined })).toEqual([])
  expect(differences({ a: null, b: -0 }, { a: Number.NaN, b: 0 })).toEqual([])
  expect(differences({ a: { b: 5 } }, { a: { b: expect.any(Number) } })).toEqual([])
  expect(differences({ a: null }, {})).toHaveLength(1)
})

test('asymmetric matchers are found at any depth', () => {
  expect([1, null, new Date(), Buffer.from('x'), { a: [1] }].some(containsAsymmetric)).toBe(false)
  expect(containsAsymmetric({ a: [1, { b: expect.anything() }] })).toBe(true)
})

test('an inverse matcher must hold for every form', () => {
  expect(matchesAnyForm(expect.any(Number), ['5', 5])).toBe(true)
  expect(matchesAnyForm(expect.not.stringContaining('5'), ['5', 5])).toBe(false)
})

test('values read on one line', () => {
  expect(display("it's")).toMatchInlineSnapshot(`""it's""`)
  expect(display(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
  expect(display(Buffer.from([0, 255]))).toBe('\\x00ff')
  expect(display(Buffer.alloc(40))).toMatch(/… \(40 bytes\)$/)
  expect(display('x'.repeat(200))).toMatch(/x'… \(200 characters\)$/)
  expect(display({ a: [1, null], b: { c: 2n } })).toBe('{ a: [ 1, null ], b: { c: 2n } }')
  expect(display(expect.stringMatching(/x/))).toBe('StringMatching /x/')
  expect(display(expect.any(String))).toBe('Any<String>')
})

test('a long section is cut', () => {
  expect(section('Meanwhile:', [])).toEqual([])
  expect(section('Meanwhile:', ['a', 'b', 'c'], 2)).toEqual(['', 'Meanwhile:', '  a', '  b', '  … and 1 more'])
})
