import { describe, expect, test } from 'vitest'
import { readViolation } from './read-violation.ts'

const duplicate = 'duplicate key value violates unique constraint "users_email_key"'

/** An error as a library throws it: its class matters nowhere. */
function thrown(fields: object, message = 'a message'): Error {
  return Object.assign(new Error(message), fields)
}

describe('Prisma', () => {
  /** As it was recorded of a client of 7.10.1 on `@prisma/adapter-pg`: the server's words stand in the adapter's error. */
  const onAdapter = (code: string, cause: object) => {
    const driverAdapterError = thrown({ name: 'DriverAdapterError', cause })
    const error = thrown({ code, clientVersion: '7.10.1', meta: { modelName: 'users', driverAdapterError } })
    return readViolation(error)
  }

  test('version 7, on a driver adapter', () => {
    expect(
      onAdapter('P2002', {
        originalCode: '23505',
        originalMessage: duplicate,
        kind: 'UniqueConstraintViolation',
        constraint: { index: 'users_email_key' },
        table: 'users',
      }),
    ).toMatchObject({ kind: 'unique', constraint: 'users_email_key', table: 'users', message: duplicate })
    expect(
      onAdapter('P2003', {
        originalCode: '23503',
        originalMessage: 'insert or update on table "posts" violates foreign key constraint "posts_author_fkey"',
        kind: 'ForeignKeyConstraintViolation',
        constraint: { index: 'posts_author_fkey' },
      }),
    ).toMatchObject({ kind: 'foreign key', constraint: 'posts_author_fkey', table: 'posts' })
    expect(
      onAdapter('P2039', {
        originalCode: '23514',
        originalMessage: 'new row for relation "users" violates check constraint "users_age_check"',
        kind: 'postgres',
        code: '23514',
        severity: 'ERROR',
        message: 'new row for relation "users" violates check constraint "users_age_check"',
        detail: 'Failing row contains (3, x, -1).',
      }),
    ).toMatchObject({
      kind: 'check',
      constraint: 'users_age_check',
      table: 'users',
      detail: expect.stringMatching(/^Failing row/),
    })
    expect(
      onAdapter('P2010', {
        originalCode: '23502',
        originalMessage: 'null value in column "email" of relation "users" violates not-null constraint',
        kind: 'NullConstraintViolation',
        constraint: undefined,
      }),
    ).toMatchObject({ kind: 'not null', table: 'users', columns: ['email'] })
  })

  test('earlier versions of the adapter, which name columns', () => {
    expect(
      onAdapter('P2002', {
        originalCode: '23505',
        originalMessage: duplicate,
        kind: 'UniqueConstraintViolation',
        constraint: { fields: ['"outletId"', 'slug'] },
      }),
    ).toMatchObject({ kind: 'unique', constraint: 'users_email_key', columns: ['outletId', 'slug'] })
  })

  test('the engine of versions up to 6', () => {
    const known = (code: string, meta: object, message?: string) =>
      readViolation(thrown({ code, clientVersion: '5.14.0', meta: { modelName: 'User', ...meta } }, message))
    expect(known('P2002', { target: ['email', 'team'] })).toMatchObject({ kind: 'unique', columns: ['email', 'team'] })
    expect(known('P2002', { target: 'users_email_key' })).toMatchObject({ constraint: 'users_email_key' })
    expect(known('P2003', { field_name: 'posts_author_fkey (index)' })).toMatchObject({
      kind: 'foreign key',
      constraint: 'posts_author_fkey',
    })
    expect(known('P2011', { constraint: ['email'] })).toMatchObject({ kind: 'not null', columns: ['email'] })
    const refused = 'new row for relation "users" violates check constraint "users_age_check"'
    expect(known('P2004', { database_error: refused })).toMatchObject({
      kind: 'check',
      constraint: 'users_age_check',
      table: 'users',
    })
    expect(known('P2025', {})).toBeUndefined()
  })

  test('a raw query', () => {
    const message = `Raw query failed. Code: 23505. Message: ${duplicate}\nDETAIL: Key (email)=(a) already exists.`
    const error = thrown({ code: 'P2010', clientVersion: '5.14.0', meta: { code: '23505', message } })
    expect(readViolation(error)).toMatchObject({ kind: 'unique', constraint: 'users_email_key', columns: ['email'] })
  })
})

test.for(['cause', 'driverError', 'nativeError', 'original', 'previous'])('an error wrapped in %s', (wrapper) => {
  const driver = thrown({ code: '23514', constraint: 'users_age_check', table: 'users', schema: 'public' })
  expect(readViolation(thrown({ [wrapper]: thrown({ [wrapper]: driver }) }))).toMatchObject({
    kind: 'check',
    constraint: 'users_age_check',
    table: 'users',
  })
})

test('what wraps itself comes to an end', () => {
  const error = thrown({})
  expect(readViolation(Object.assign(error, { cause: error }))).toBeUndefined()
})

test('names with quotes and commas are read off the detail', () => {
  const columns = (detail: string) => readViolation(thrown({ code: '23505', detail }))?.columns
  expect(columns('Key ("odd, name", slug)=(1, 2) already exists.')).toEqual(['odd, name', 'slug'])
  expect(columns('Key (lower(email))=(ada) already exists.')).toEqual(['lower(email)'])
  expect(columns('Key (coalesce(a, b), c)=(1, 2) already exists.')).toEqual(['coalesce(a, b)', 'c'])
  expect(columns('Schlüssel »(email)=(ada)« existiert bereits.')).toEqual([])
})

test.for([undefined, null, 'text', 23505, {}, new Error('x'), { code: 23505 }, { code: '42P01' }])(
  '%o is no violation',
  (value) => {
    expect(readViolation(value)).toBeUndefined()
  },
)
