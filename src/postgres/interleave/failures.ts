import { causes } from '../violation/causes.ts'

/** Failures of statements that get in each other's way, by the names of Postgres' manual. */
const sqlStates = {
  deadlock: '40P01',
  'serialization failure': '40001',
  'lock not available': '55P03',
  'query canceled': '57014',
  'read only transaction': '25006',
  'in failed transaction': '25P02',
} as const

/** A failure by its name; any other by its SQLSTATE, five characters: `23505`. */
export type FailureName = keyof typeof sqlStates

/** Names of failures. */
export const failureNames: readonly string[] = Object.keys(sqlStates)

/** SQLSTATE of an error, also of one that wraps the driver's. */
export function sqlStateOf(error: unknown): string | undefined {
  for (const { code } of causes(error)) {
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code
  }
  return undefined
}

/** The SQLSTATE that a name stands for, or that is written as it is. */
export function sqlStateNamed(failure: string): string | undefined {
  if (/^[0-9A-Z]{5}$/.test(failure)) return failure
  return Object.entries(sqlStates).find(([name]) => name === failure)?.[1]
}

/** `40P01 (deadlock)`. */
export function showSqlState(sqlState: string): string {
  const name = Object.entries(sqlStates).find(([, state]) => state === sqlState)?.[0]
  return name === undefined ? sqlState : `${sqlState} (${name})`
}
