import { isRecord } from './json.ts'
import type { Schema } from './snapshot.ts'

/** Every text of a schema under its path, `table users column id`: kinds and names take turns in it. */
function flat(value: unknown, path: readonly string[] = []): readonly (readonly [path: string, text: string])[] {
  if (Array.isArray(value)) return value.map((item) => [[...path, String(item)].join(' '), 'is there'] as const)
  if (!isRecord(value)) return [[path.join(' '), String(value)]]
  return Object.entries(value).flatMap(([key, inner]) =>
    flat(inner, [...path, (path.length % 2 === 0 ? singular[key] : undefined) ?? key]),
  )
}

const singular: Readonly<Record<string, string>> = {
  extensions: 'extension',
  types: 'type',
  sequences: 'sequence',
  functions: 'function',
  tables: 'table',
  views: 'view',
  columns: 'column',
  constraints: 'constraint',
  indexes: 'index',
  triggers: 'trigger',
  policies: 'policy',
  grants: 'grant to',
}

/**
 * What is other in a schema than in an earlier one, one line each: `+` is new, `-` is gone, `~` has changed.
 */
export function schemaDifference(before: Schema, after: Schema): readonly string[] {
  const [old, fresh] = [new Map(flat(before)), new Map(flat(after))]
  return [...new Set([...old.keys(), ...fresh.keys()])].toSorted().flatMap((path) => {
    const [was, is] = [old.get(path), fresh.get(path)]
    if (was === is) return []
    if (was === undefined) return [`+ ${path}: ${is}`]
    return is === undefined ? [`- ${path}: ${was}`] : [`~ ${path}: ${was} → ${is}`]
  })
}
