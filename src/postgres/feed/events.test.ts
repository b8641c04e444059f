import { describe, expect, test } from 'vitest'
import { readEvent } from './events.ts'
import { parseLsn, printLsn } from './lsn.ts'
import { unquoteQualifiedName } from './scan.ts'
import { readNamedTuples, readTuples, shapeOf, type Tuples } from './tuples.ts'

describe('lines of test_decoding', () => {
  test('begin and commit', () => {
    expect(readEvent('BEGIN 771')).toEqual({ type: 'begin', xid: '771' })
    expect(readEvent('COMMIT 771')).toEqual({ type: 'commit', xid: '771' })
  })

  test('changes name their table as Postgres quotes it', () => {
    const line = 'table public.users: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2'
    expect(readEvent(line)).toEqual({ type: 'change', kind: 'update', table: 'public.users', line, start: 27 })
    expect(readEvent('table a.b: DELETE: id[integer]:1')).toMatchObject({ kind: 'delete', table: 'a.b' })
    const odd = `table "My ""s"": INSERT:"."t: DELETE: ""x": INSERT: id[integer]:1`
    expect(readEvent(odd)).toMatchObject({ kind: 'insert', table: '"My ""s"": INSERT:"."t: DELETE: ""x"' })
    expect(unquoteQualifiedName('"My ""s"": INSERT:"."t: DELETE: ""x"')).toBe('My "s": INSERT:.t: DELETE: "x')
  })

  test('TRUNCATE of one table and of several', () => {
    expect(readEvent('table public.a: TRUNCATE: (no-flags)')).toEqual({ type: 'truncate', tables: ['public.a'] })
    expect(readEvent('table public.a, "odd, x".b: TRUNCATE: restart_seqs cascade')).toEqual({
      type: 'truncate',
      tables: ['public.a', '"odd, x".b'],
    })
  })

  test('messages, whatever their content is', () => {
    expect(readEvent('message: transactional: 1 prefix: p, sz: 14 content:a\ncontent: b,x')).toEqual({
      type: 'message',
      transactional: true,
      prefix: 'p',
      content: 'a\ncontent: b,x',
    })
    expect(readEvent('message: transactional: 0 prefix: , sz: 0 content:')).toMatchObject({ prefix: '', content: '' })
  })

  test('a line of a kind to come is kept as unknown', () => {
    expect(readEvent('something new')).toEqual({ type: 'unknown', line: 'something new' })
    expect(readEvent('table public.a: MERGE: x')).toMatchObject({ type: 'unknown' })
  })
})

/** Reads the images of one line with the columns that its table has. */
function read(line: string, columns: readonly string[], quoted: readonly string[] = columns): Tuples | undefined {
  const event = readEvent(line)
  if (event.type !== 'change') throw new Error('a change')
  const shape = shapeOf(columns, quoted)
  const first = readTuples(event.line, event.start, event.kind, shape)
  // What the first line taught about types must not change the second reading.
  expect(readTuples(event.line, event.start, event.kind, shape)).toEqual(first)
  return first
}

describe('row images', () => {
  test('values are the text that Postgres printed', () => {
    const line =
      "table public.t: INSERT: a[integer]:-1 b[text]:'it''s \"x\", null' c[boolean]:true d[boolean]:false e[numeric]:NaN" +
      " f[double precision]:-Infinity g[bit varying]:B'101' h[text]:null i[text]:'' j[character varying[]]:'{a,\"b c\"}'"
    expect(read(line, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'])).toEqual({
      after: ['-1', 'it\'s "x", null', 't', 'f', 'NaN', '-Infinity', '101', null, '', '{a,"b c"}'],
    })
  })

  test('a string that looks like the rest of the line is a string', () => {
    const line = `table public.t: UPDATE: old-key: a[text]:' new-tuple: a[text]:''x''' new-tuple: a[text]:''' old-key:' b[text]:'null'`
    expect(read(line, ['a', 'b'])).toEqual({
      before: [" new-tuple: a[text]:'x'", null],
      after: ["' old-key:", 'null'],
    })
  })

  test('names and types with any character', () => {
    const line = `table public.t: INSERT: "c]:[""x"["My s"."ty]p""e["[]]:'{v}' "new-tuple"[text]:'w' naïve[integer]:1 u$1[integer]:2`
    expect(read(line, ['c]:["x', 'new-tuple', 'naïve', 'u$1'], ['"c]:[""x"', '"new-tuple"', 'naïve', 'u$1'])).toEqual({
      after: ['{v}', 'w', '1', '2'],
    })
  })

  test('what an old row leaves out is null, and a large value that did not change stands in the new row', () => {
    const line =
      "table public.t: UPDATE: old-key: id[integer]:1 big[text]:'long' new-tuple: id[integer]:1 n[integer]:5 big[text]:unchanged-toast-datum"
    expect(read(line, ['id', 'n', 'big'])).toEqual({ before: ['1', null, 'long'], after: ['1', '5', 'long'] })
    expect(read('table public.t: DELETE: n[integer]:2', ['id', 'n', 'big'])).toEqual({ before: [null, '2', null] })
  })

  test('a column that starts like another', () => {
    expect(read("table public.t: DELETE: ab[text]:'1' abc[text]:'2'", ['a', 'ab', 'abc'])).toEqual({
      before: [null, '1', '2'],
    })
  })

  test('without an old row, or with other columns than known, there is no image', () => {
    expect(read('table public.t: UPDATE: id[integer]:1', ['id'])).toBeUndefined()
    expect(read('table public.t: DELETE: (no-tuple-data)', ['id'])).toBeUndefined()
    expect(read('table public.t: INSERT: id[integer]:1 added[integer]:2', ['id'])).toBeUndefined()
  })

  test('a table of which nothing is known still has its rows by name', () => {
    const line = `table s.t: UPDATE: old-key: id[integer]:1 "B b"[text]:'x' new-tuple: id[integer]:2 "B b"[text]:unchanged-toast-datum n[text]:null`
    const event = readEvent(line)
    if (event.type !== 'change') throw new Error('a change')
    expect(readNamedTuples(line, event.start, 'update')).toEqual({
      before: { id: '1', 'B b': 'x' },
      after: { id: '2', 'B b': 'x', n: null },
    })
  })
})

test('positions of the log are numbers that print as they were', () => {
  expect(parseLsn('0/0')).toBe(0)
  expect(parseLsn('1A/2B3C4D5E')).toBe(0x1a_2b3c_4d5e)
  expect(printLsn(parseLsn('1A/2B3C4D5E'))).toBe('1A/2B3C4D5E')
  expect(parseLsn('1/0')).toBeGreaterThan(parseLsn('0/FFFFFFFF'))
})
