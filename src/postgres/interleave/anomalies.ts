import { isDeepStrictEqual } from 'node:util'
import { sqlStateOf } from './failures.ts'
import type { StepRecord } from './record.ts'

/** What a run itself shows of how transactions got in each other's way. */
export type Anomaly = 'non-repeatable read' | 'phantom read' | 'deadlock' | 'serialization failure'

const byState: Readonly<Record<string, Anomaly>> = { '40P01': 'deadlock', '40001': 'serialization failure' }

function isRead({ statement }: StepRecord): boolean {
  return (
    /^\s*(select|table|values|with)\b/i.test(statement) && !/\bfor\s+(no\s+key\s+)?(update|share|key)/i.test(statement)
  )
}

/**
 * What two answers to the same question in one transaction tell: other rows are phantoms, the same number with other
 * values are reads that cannot be repeated.
 */
function difference(first: StepRecord, second: StepRecord): Anomaly | undefined {
  if (isDeepStrictEqual(first.rows, second.rows)) return undefined
  return first.rows.length === second.rows.length ? 'non-repeatable read' : 'phantom read'
}

/** Reads of one transaction that asked the same with nothing written by the session in between, yet got another answer. */
function unrepeatable(records: readonly StepRecord[]): readonly Anomaly[] {
  return records.flatMap((second, index) => {
    if (!isRead(second) || second.state !== 'done') return []
    const before = records.slice(0, index).filter(({ session }) => session === second.session)
    const first = before.findLastIndex(
      (record) => record.transaction === second.transaction && record.statement === second.statement && isRead(record),
    )
    const earlier = before[first]
    if (earlier === undefined || earlier.state !== 'done' || !isDeepStrictEqual(earlier.values, second.values))
      return []
    // What the session wrote itself may change what it reads.
    if (!before.slice(first).every(isRead)) return []
    return difference(earlier, second) ?? []
  })
}

/** The anomalies that a run shows, each once, in the order in which they came. */
export function anomaliesOf(records: readonly StepRecord[]): readonly Anomaly[] {
  const refused = records.flatMap(({ error }) => byState[sqlStateOf(error) ?? ''] ?? [])
  return [...new Set([...unrepeatable(records), ...refused])]
}
