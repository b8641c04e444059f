import { describe, expect, test } from 'vitest'
import { absorb, emptyFrame, type Frame, keepChange, lose } from './frame.ts'

function frameOf(oldest: number | undefined): Frame {
  return { ...emptyFrame(), oldest }
}

describe('the oldest transaction of two frames', () => {
  test.each([
    [700, 705, 700],
    [705, 700, 700],
    [undefined, 5, 5],
    [5, undefined, 5],
    // Numbers start again behind 2^32.
    [4_294_967_290, 5, 4_294_967_290],
    [5, 4_294_967_290, 4_294_967_290],
  ])('%s and %s: %s', (a, b, oldest) => {
    const earlier = frameOf(a)
    absorb(earlier, frameOf(b))
    expect(earlier.oldest).toBe(oldest)
  })
})

test('what was lost stays lost, for the first reason', () => {
  const [earlier, later] = [emptyFrame(), emptyFrame()]
  lose(later, 'the first')
  lose(later, 'another')
  absorb(earlier, later)
  absorb(earlier, emptyFrame())
  expect(earlier.lost).toBe('the first')
})

test('a reader is shown 1,000 changes, or a million characters of them, and told of the others', () => {
  const change = (line: string) => ({ kind: 'insert' as const, table: 'public.t', line, start: 0 })
  const many = emptyFrame()
  for (let index = 0; index < 1500; index += 1) keepChange(many, change('x'))
  expect(many.changes).toHaveLength(1000)
  expect(many.omitted).toEqual(new Map([['public.t', 500]]))
  const large = emptyFrame()
  for (let index = 0; index < 5; index += 1) keepChange(large, change('x'.repeat(400_000)))
  expect(large.changes).toHaveLength(2)
  expect(large.omitted).toEqual(new Map([['public.t', 3]]))
})

test('what comes behind a gap is counted, of one frame or of two', () => {
  const change = (size: number) => ({ kind: 'insert' as const, table: 'public.t', line: 'x'.repeat(size), start: 0 })
  const [earlier, later] = [emptyFrame(), emptyFrame()]
  for (const size of [1, 2_000_000, 1]) keepChange(earlier, change(size))
  keepChange(later, change(1))
  keepChange(later, { kind: 'truncate', table: 'public.u' })
  absorb(earlier, later)
  expect(earlier.changes).toEqual([change(1)])
  expect(earlier.omitted).toEqual(
    new Map([
      ['public.t', 3],
      ['public.u', 1],
    ]),
  )
})
