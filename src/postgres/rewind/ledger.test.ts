import { describe, expect, test } from 'vitest'
import { readEvent } from '../feed/events.ts'
import { type FeedEvent, shapeOf } from '../feed/index.ts'
import type { Table } from './catalog.ts'
import { emptyFrame } from './frame.ts'
import { createLedger, type Ledger, type Limits } from './ledger.ts'

const table: Table = {
  oid: 1,
  name: 'public.t',
  root: { plain: 'public.t', quoted: 'public.t' },
  shape: shapeOf(['n'], ['n']),
  stored: ['n'],
  storedAt: [0],
  writable: ['n'],
  key: [],
  triggers: [],
  statements: '1_1',
  showsGone: false,
  obstacle: undefined,
}

function ledgerWith(limits: Partial<Limits> = {}): { ledger: Ledger; commits: (readonly string[])[] } {
  const commits: (readonly string[])[] = []
  const ledger = createLedger({
    limits: { rows: 100, bytes: 100_000, ...limits },
    onCommit: (touched) => commits.push(touched),
  })
  ledger.catalog = { tables: new Map([[table.name, table]]), sequences: [], unprepared: [] }
  return { ledger, commits }
}

/** A transaction as test_decoding prints it, whose commit ends at a position. */
function transaction(ledger: Ledger, at: number, ...lines: readonly string[]): void {
  const events: FeedEvent[] = [`BEGIN ${700 + at}`, ...lines, `COMMIT ${700 + at}`].map(readEvent)
  for (const event of events) ledger.record(event, at)
}

const insert = (n: number): string => `table public.t: INSERT: n[integer]:${n}`

describe('a frame is lost', () => {
  test.each([
    [
      'a table that nobody knows',
      'table public.new: INSERT: n[integer]:1',
      'public.new was not there when its lease was opened',
    ],
    [
      'an old row that is not shown',
      'table public.t: DELETE: (no-tuple-data)',
      'the log does not show the rows of public.t in full',
    ],
    [
      'an update without its old row',
      'table public.t: UPDATE: n[integer]:2',
      'the log does not show the rows of public.t in full',
    ],
    [
      'a new row of another shape',
      'table public.t: INSERT: other[integer]:1',
      'the log does not show the rows of public.t in full',
    ],
    [
      'a line of an unknown kind',
      'sequence public.s: what',
      'the change feed printed a line of an unknown kind: sequence public.s: what',
    ],
  ])('by %s', (_what, line, reason) => {
    const { ledger } = ledgerWith()
    transaction(ledger, 1, line)
    expect(ledger.current.lost).toBe(reason)
    // Nothing more is kept of it.
    transaction(ledger, 2, insert(1))
    expect(ledger.current.net.images).toBe(0)
  })

  test('by a change of the schema, which explains whatever else is unknown', () => {
    const { ledger, commits } = ledgerWith()
    ledger.stale = false
    transaction(
      ledger,
      1,
      'table public.new: INSERT: n[integer]:1',
      'message: transactional: 1 prefix: backlot.ddl, sz: 16 content:CREATE TABLE new',
    )
    expect(ledger.current.lost).toBe('the schema changed: CREATE TABLE new')
    expect(ledger.stale).toBe(true)
    expect(commits).toEqual([[]])
  })

  test.each([
    ['rows of the same transaction', { rows: 2 }, [[1, 2, 3]], 'more than 2 row images would have to be kept'],
    ['rows of an earlier one', { rows: 2 }, [[1, 2], [3]], 'more than 2 row images would have to be kept'],
    ['bytes', { bytes: 250 }, [[1, 2], [3]], 'more than 250 bytes of row images would have to be kept'],
  ])('past the limit: %s', (_what, limits, transactions, reason) => {
    const { ledger } = ledgerWith(limits)
    for (const [index, rows] of transactions.entries()) transaction(ledger, index + 1, ...rows.map(insert))
    expect(ledger.current.lost).toBe(reason)
  })

  test.each([
    [{ images: 99, bytes: 0 }, 'more than 100 row images would have to be kept'],
    [{ images: 0, bytes: 99_900 }, 'more than 100000 bytes of row images would have to be kept'],
  ])('past the limit together with other frames: %j', (kept, reason) => {
    const { ledger } = ledgerWith()
    ledger.kept = () => kept
    transaction(ledger, 1, insert(1), insert(2))
    expect(ledger.current.lost).toBe(reason)
  })
})

test('held commits are told apart by where they ended', () => {
  const { ledger } = ledgerWith()
  const before = ledger.current
  ledger.hold()
  transaction(ledger, 10, insert(1))
  transaction(ledger, 20, insert(2))
  transaction(ledger, 30, insert(3))
  expect(before.net.images).toBe(0)
  const next = emptyFrame()
  ledger.release(20, next)
  expect([before.net.images, next.net.images]).toEqual([2, 1])
  transaction(ledger, 40, insert(4))
  expect([before.net.images, next.net.images]).toEqual([2, 2])
})

test('a frame knows its oldest transaction', () => {
  const { ledger } = ledgerWith()
  transaction(ledger, 5, insert(1))
  transaction(ledger, 3, insert(2))
  expect(ledger.current.oldest).toBe(703)
})
