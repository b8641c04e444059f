import { PlantError, type PlantErrorCode } from '../domain/errors.ts'

/** SQLSTATEs that Plant has a name for, each with one sentence. PL001 and PL002 are of its own triggers. */
const bySqlState: Readonly<Record<string, readonly [PlantErrorCode, string]>> = {
  '22001': ['validation', 'A text is longer than its column.'],
  '22P02': ['validation', 'A value does not read as its type.'],
  '22000': ['validation', 'A value does not fit its column.'],
  '23502': ['validation', 'A value is missing.'],
  '23503': ['reference-missing', 'An entity that is referred to does not exist.'],
  '23505': ['duplicate-entity', 'There is such an entity already.'],
  '23514': ['validation', 'A value is not allowed.'],
  '40001': ['conflict', 'Somebody changed the same at the same time. Try again.'],
  '40P01': ['conflict', 'Two transactions waited for each other. Try again.'],
  '42501': ['policy-denied', 'This agent may not do that.'],
  '55P03': ['conflict', 'Somebody else holds a lock on it. Try again.'],
  '53300': ['database-unavailable', 'The database has no connection left.'],
  '57P01': ['database-unavailable', 'The database ended the connection.'],
  '57014': ['command-timeout', 'The database ended a statement that took too long.'],
  PL001: ['append-only', 'What was written once cannot be changed.'],
  PL002: ['polymorphic-identity', 'The entity is of another type.'],
}

interface ServerError {
  readonly code: string
  readonly constraint: string | undefined
  readonly column: string | undefined
}

/** Drizzle wraps what the driver throws. */
function findCause<Found>(error: unknown, look: (each: Error) => Found | undefined): Found | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    const found = look(each)
    if (found !== undefined) return found
  }
  return undefined
}

function textOf(error: Error, name: 'constraint' | 'column'): string | undefined {
  const value: unknown = Reflect.get(error, name)
  return typeof value === 'string' ? value : undefined
}

function toServerError(error: Error): ServerError | undefined {
  if (!('code' in error && 'severity' in error) || typeof error.code !== 'string') return undefined
  return { code: error.code, constraint: textOf(error, 'constraint'), column: textOf(error, 'column') }
}

/** Whether Plant gave up waiting for a statement, which the server may still be running. */
export function isCommandTimeout(error: unknown): boolean {
  return findCause(error, (each) => each.message === 'Query read timeout' || undefined) === true
}

/** How the driver says that a connection is gone; these have no code. */
const lost = /^(Connection terminated|Client was closed|Client has encountered a connection error)/

/** A driver's error as the {@link PlantError} that it means, if it means one. The driver's stays as its cause. */
export function translateFailure(error: unknown): unknown {
  if (error instanceof PlantError) return error
  if (isCommandTimeout(error)) {
    return new PlantError('command-timeout', 'The database did not answer in time.', { cause: error })
  }
  if (findCause(error, (each) => lost.test(each.message) || undefined)) {
    return new PlantError('database-unavailable', 'The connection to the database was lost.', { cause: error })
  }
  const server = findCause(error, toServerError)
  const known = server && bySqlState[server.code]
  if (!server || !known) return error
  const { constraint, column } = server
  return new PlantError(known[0], known[1], {
    details: { ...(constraint === undefined ? {} : { constraint }), ...(column === undefined ? {} : { column }) },
    cause: error,
  })
}
