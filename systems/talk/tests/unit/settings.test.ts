import { describe, expect, test } from 'vitest'
import { loadSettings, SettingsError, type Variables } from '../../src/config/settings.ts'

const specified = {
  DATABASE__URL: 'postgresql+asyncpg://talk:talk@postgres:5432/talk',
  DATABASE_HOST: 'postgres',
  DATABASE_PORT: '5432',
  DATABASE_USER: 'talk',
  ATPROTO_PDS_URL: 'https://bsky.social',
  ENVIRONMENT: 'test',
  DEBUG: 'true',
}

function problemsOf(variables: Variables): readonly string[] {
  try {
    loadSettings(variables)
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
  return []
}

test('the variables of the specification are enough', () => {
  expect(loadSettings(specified)).toMatchObject({
    environment: 'test',
    debug: true,
    databaseUrl: 'postgresql://talk:talk@postgres:5432/talk',
    atproto: { pdsUrl: 'https://bsky.social' },
    sessionDays: 30,
    invites: { quotaEnforced: true, lifetimeDays: 30 },
    twitter: null,
  })
})

describe('the database', () => {
  test.each(['postgresql', 'postgres', 'postgresql+asyncpg', 'postgresql+psycopg'])('%s:// is understood', (scheme) => {
    const { databaseUrl } = loadSettings({ DATABASE__URL: `${scheme}://u:p%40ss@h:1/d?sslmode=require` })
    expect(databaseUrl).toMatch(/^postgres(ql)?:\/\/u:p%40ss@h:1\/d\?sslmode=require$/)
  })

  test('its parts make a URL, escaped', () => {
    const { databaseUrl } = loadSettings({ DATABASE_HOST: 'h', DATABASE_USER: 'u/1', DATABASE_PASSWORD: 'p@s:s' })
    expect(databaseUrl).toBe('postgresql://u%2F1:p%40s%3As@h:5432/talk')
    expect(loadSettings({ DATABASE_HOST: '::1' }).databaseUrl).toBe('postgresql://talk@[::1]:5432/talk')
  })

  test('a URL goes before the parts', () => {
    expect(loadSettings({ ...specified, DATABASE_HOST: 'elsewhere' }).databaseUrl).toContain('@postgres:5432')
  })

  test.each(['mysql://h/d', 'postgresql://', 'postgresql://h', 'nonsense'])('%s is refused', (url) => {
    expect(problemsOf({ DATABASE__URL: url })).toEqual([
      'DATABASE__URL reads postgresql://user:password@host:port/name',
    ])
  })
})

test('all problems are named at once, without the values', () => {
  const problems = problemsOf({
    ENVIRONMENT: 'staging',
    DEBUG: 'maybe',
    DATABASE_PORT: '70000',
    ATPROTO_PDS_URL: 'bsky.social',
    JWT_SECRET: 'hunter2',
    TWITTER_CLIENT_ID: 'id',
    INVITE_SEED_IDS: 'did:plc:ok, wrong',
    INVITE_LIFETIME_DAYS: 'soon',
  })
  const named = problems.map((problem) => problem.split(' ')[0])
  expect(new Set(named)).toEqual(
    new Set([
      'ENVIRONMENT',
      'DEBUG',
      'DATABASE_PORT',
      'ATPROTO_PDS_URL',
      'JWT_SECRET',
      'INVITE_SEED_IDS',
      'INVITE_LIFETIME_DAYS',
      'DATABASE__URL',
      'TWITTER_CLIENT_SECRET',
    ]),
  )
  expect(problems.join()).not.toContain('hunter2')
  expect(new SettingsError(problems).message).toMatchInlineSnapshot(`
    "talk cannot start, 9 of its variables need attention:
      ENVIRONMENT is development, test or production
      DEBUG is true or false
      DATABASE_PORT is at most 65535
      ATPROTO_PDS_URL is an http or https URL
      JWT_SECRET has at least 32 characters
      INVITE_LIFETIME_DAYS is a number from 1 to 365
      INVITE_SEED_IDS lists DIDs or Twitter ids, and "wrong" is neither
      DATABASE__URL is missing (or DATABASE_HOST with DATABASE_PORT, _USER, _PASSWORD and _NAME)
      TWITTER_CLIENT_SECRET is missing: Twitter needs both, or neither"
  `)
})

test('production needs a secret of its own and an https address', () => {
  const production = { ...specified, ENVIRONMENT: 'production', DEBUG: 'false' }
  expect(problemsOf(production)).toEqual([
    'JWT_SECRET is missing: production needs one that outlives the process',
    'PUBLIC_URL is an https URL in production',
  ])
  expect(problemsOf({ ...production, JWT_SECRET: 's'.repeat(32), PUBLIC_URL: 'https://talk.example' })).toEqual([])
})

test('a variable that is there and empty is not there', () => {
  expect(problemsOf({ DATABASE__URL: '', DATABASE_HOST: '' })).toHaveLength(1)
  expect(loadSettings({ ...specified, PUBLIC_URL: '' }).publicUrl).toBe('http://127.0.0.1:8000')
})

test('seed ids are a list', () => {
  const { invites } = loadSettings({ ...specified, INVITE_SEED_IDS: 'did:plc:a, 42,' })
  expect([...invites.seedIds]).toEqual(['did:plc:a', '42'])
})
