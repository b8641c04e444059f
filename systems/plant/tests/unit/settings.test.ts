import { describe, expect, test } from 'vitest'
import { loadSettings, poolDefaults, SettingsError } from '../../src/index.ts'

const url = 'postgresql://plant:secret@localhost:5432/plant'

function problemsOf(variables: Record<string, string>): readonly string[] {
  try {
    loadSettings(variables)
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
  }
  return []
}

describe('settings', () => {
  test('a URL is enough', () => {
    expect(loadSettings({ DATABASE_URL: url })).toEqual({
      environment: 'development',
      databaseUrl: url,
      readReplicaUrl: null,
      pool: poolDefaults.development,
    })
  })

  test.each([
    ['development', 10, 5],
    ['local', 10, 5],
    ['demo', 10, 5],
    ['uat', 15, 10],
    ['test', 20, 40],
    ['production', 20, 10],
  ])('%s keeps %i connections and opens %i more', (environment, size, maxOverflow) => {
    expect(loadSettings({ DATABASE_URL: url, ENVIRONMENT: environment }).pool).toEqual({
      size,
      maxOverflow,
      acquireTimeoutMs: 30_000,
      prePing: true,
      connectTimeoutMs: 10_000,
      commandTimeoutMs: 30_000,
      statementTimeoutMs: 60_000,
    })
  })

  test('each setting of the pool has a variable', () => {
    const { pool } = loadSettings({
      DATABASE_URL: url,
      DATABASE_POOL_SIZE: '1',
      DATABASE_MAX_OVERFLOW: '0',
      DATABASE_ACQUIRE_TIMEOUT_MS: '2',
      DATABASE_PRE_PING: 'no',
      DATABASE_CONNECT_TIMEOUT_MS: '3',
      DATABASE_COMMAND_TIMEOUT_MS: '4',
      DATABASE_STATEMENT_TIMEOUT_MS: '5',
    })
    expect(Object.values(pool)).toEqual([1, 0, 2, false, 3, 4, 5])
  })

  test('names of the scheme that carry a driver are understood, for the replica too', () => {
    const settings = loadSettings({
      DATABASE_URL: 'postgresql+asyncpg://db/plant',
      DATABASE_READ_URL: 'postgres://replica/plant',
      ENVIRONMENT: '',
    })
    expect(settings).toMatchObject({
      databaseUrl: 'postgresql://db/plant',
      readReplicaUrl: 'postgresql://replica/plant',
      environment: 'development',
    })
  })

  test('all that is missing or wrong is named at once, without its value', () => {
    const problems = problemsOf({
      ENVIRONMENT: 'staging',
      DATABASE_READ_URL: 'mysql://secret@host/db',
      DATABASE_POOL_SIZE: '0',
      DATABASE_MAX_OVERFLOW: 'many',
      DATABASE_PRE_PING: 'perhaps',
    })
    expect(problems).toMatchInlineSnapshot(`
      [
        "ENVIRONMENT is one of development, local, demo, uat, test, production",
        "DATABASE_URL is missing",
        "DATABASE_READ_URL reads postgresql://user:password@host:port/name",
        "DATABASE_POOL_SIZE is at least 1",
        "DATABASE_MAX_OVERFLOW is a number from 0 to 1000",
        "DATABASE_PRE_PING is true or false",
      ]
    `)
    expect(problems.join()).not.toContain('secret')
  })

  test('the message tells how many', () => {
    expect(() => loadSettings({})).toThrowErrorMatchingInlineSnapshot(`
      [SettingsError: Plant cannot start, 1 of its variables need attention:
        DATABASE_URL is missing]
    `)
  })
})
