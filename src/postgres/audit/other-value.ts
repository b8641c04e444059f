import type { Column } from '../probe/catalog.ts'
import { quoteIdentifier } from '../probe/table-name.ts'

/** A literal for each kind of type, and how to get another value out of one. */
function kinds(name: string): Readonly<Record<string, readonly [other: string, literal: string]>> {
  return {
    N: [`${name} + 1`, '1'],
    // As long as before, so that no limit on its length is what refuses it.
    S: [`overlay(${name} placing CASE WHEN left(${name}, 1) = 'x' THEN 'y' ELSE 'x' END from 1 for 1)`, "'x'"],
    B: [`NOT ${name}`, 'true'],
    D: [`${name} + interval '1 day'`, 'now()'],
  }
}

/**
 * An expression for another value than the one that a column has: triggers may let an update pass that changes nothing.
 */
export function otherValue({ name, type, category, cast, labels }: Column): string {
  const column = quoteIdentifier(name)
  if (category === 'E') {
    const [one = '', two = one] = labels.map((label) => `'${label.replaceAll("'", "''")}'::${cast}`)
    return `CASE WHEN ${column} = ${one} THEN ${two} ELSE ${one} END`
  }
  if (type === 'uuid') return 'gen_random_uuid()'
  if (type === 'bytea') return `COALESCE(${column}, '') || '\\x00'`
  if (type === 'json' || type === 'jsonb') return `'{"changed": true}'`
  if (type === 'time' || type === 'timetz') return `COALESCE(${column} + interval '1 minute', '00:00')`
  if (category === 'A') return `CASE WHEN ${column} IS NULL THEN '{}'::${cast} END`
  const known = kinds(column)[category]
  if (known === undefined) return 'NULL'
  const [other, literal] = known
  return `COALESCE((${other})::${cast}, ${literal})`
}
