import { qualifiedNameEnd } from './scan.ts'
import type { ChangeKind } from './tuples.ts'

/** One line of test_decoding, taken apart as far as its table: images are read by who needs them. */
export type FeedEvent =
  | { readonly type: 'begin' | 'commit'; readonly xid: string }
  | {
      readonly type: 'change'
      readonly kind: ChangeKind
      /** `schema.table` as Postgres quotes it. */
      readonly table: string
      readonly line: string
      /** Where the first tuple of the line starts. */
      readonly start: number
    }
  | { readonly type: 'truncate'; readonly tables: readonly string[] }
  | { readonly type: 'message'; readonly transactional: boolean; readonly prefix: string; readonly content: string }
  /** Nothing that Backlot knows: a newer server may print lines of a new kind. */
  | { readonly type: 'unknown'; readonly line: string }

const message = /^message: transactional: ([01]) prefix: (.*?), sz: (\d+) content:/s

const kinds: Readonly<Record<string, ChangeKind>> = { I: 'insert', U: 'update', D: 'delete' }

function readTableLine(line: string): FeedEvent {
  const tables: string[] = []
  let at = 6
  for (;;) {
    const end = qualifiedNameEnd(line, at)
    tables.push(line.slice(at, end))
    if (line.startsWith(', ', end)) {
      at = end + 2
      continue
    }
    at = end
    break
  }
  if (line.startsWith(': TRUNCATE:', at)) return { type: 'truncate', tables }
  const kind = kinds[line[at + 2] ?? '']
  const [table] = tables
  if (kind === undefined || table === undefined || tables.length > 1) return { type: 'unknown', line }
  // ': INSERT:', ': UPDATE:' and ': DELETE:' have one length.
  return { type: 'change', kind, table, line, start: at + 9 }
}

/**
 * Takes one line of test_decoding apart. Its shapes are those of `contrib/test_decoding/test_decoding.c`, with
 * `include-xids` on and `include-timestamp` off.
 */
export function readEvent(line: string): FeedEvent {
  if (line.startsWith('table ')) return readTableLine(line)
  if (line.startsWith('BEGIN ')) return { type: 'begin', xid: line.slice(6) }
  if (line.startsWith('COMMIT ')) return { type: 'commit', xid: line.slice(7) }
  const found = message.exec(line)
  if (found === null) return { type: 'unknown', line }
  return {
    type: 'message',
    transactional: found[1] === '1',
    prefix: found[2] ?? '',
    content: line.slice(found[0].length),
  }
}
