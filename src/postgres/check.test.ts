import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ServiceContext } from '../contracts/index.ts'
import { checkOptions } from './check.ts'
import { type PostgresOptions, postgres } from './index.ts'

let projectRoot: string

beforeEach(async () => {
  projectRoot = await mkdtemp(join(tmpdir(), 'backlot-check-'))
})
afterEach(() => rm(projectRoot, { recursive: true, force: true }))

function context(env: Record<string, string> = {}, name = 'db'): ServiceContext {
  return { name, projectRoot, env, isolation: 'rewind', progress: () => {} }
}

async function refusal(options: object, env: Record<string, string> = {}): Promise<string> {
  try {
    await postgres(options).check(context(env))
  } catch (error) {
    return String(error).replaceAll(projectRoot, '<project>')
  }
  return 'accepted'
}

test('accepts what it documents', async () => {
  await writeFile(join(projectRoot, 'seed.sql'), 'SELECT 1')
  const full: PostgresOptions = {
    migrate: { command: ['npx', 'prisma', 'migrate', 'deploy'], inputs: ['seed.sql'], env: { A: 'b' } },
    seed: 'seed.sql',
    extensions: ['uuid-ossp'],
    roles: ['anon', 'authenticated'],
    version: 17,
    isolation: 'clone',
    connectAs: 'owner',
    durable: true,
    limits: { rows: 5 },
    urlEnv: ['TEST_DATABASE_URL'],
    exportAs: 'APP_DATABASE_URL',
    url: 'postgres://me@localhost/x',
  }
  expect(await refusal(full)).toBe('accepted')
  expect(await refusal({})).toBe('accepted')
  expect(await refusal({ migrate: () => {}, seed: { run: () => {}, inputs: ['seed.sql'] } })).toBe('accepted')
})

test('no object of options', async () => {
  await expect(checkOptions(JSON.parse('"migrations"'), context())).rejects.toThrowErrorMatchingInlineSnapshot(`
    [BacklotError: postgres() takes an object of options [BACKLOT_CONFIG_INVALID]
      → postgres({ migrate: 'migrations' })]
  `)
})

test('unknown options', async () => {
  expect(await refusal({ migrations: 'x' })).toMatchInlineSnapshot(`
    "BacklotError: unknown option "migrations" in postgres() [BACKLOT_CONFIG_INVALID]
      → did you mean "migrate"?"
  `)
  expect(await refusal({ somethingelse: 'x' })).toMatchInlineSnapshot(`
    "BacklotError: unknown option "somethingelse" in postgres() [BACKLOT_CONFIG_INVALID]
      → the options are: migrate, seed, extensions, roles, version, isolation, connectAs, durable, limits, url, urlEnv, exportAs"
  `)
})

test('options of a wrong type', async () => {
  expect(await refusal({ migrate: 5 })).toMatchInlineSnapshot(`
    "BacklotError: option migrate of postgres() has the wrong type or value: 5 [BACKLOT_CONFIG_INVALID]
      → write migrate: 'folder', migrate: { command: ['npx', ...], inputs: ['folder'] }, or a function of { url, sql }"
  `)
  expect(await refusal({ migrate: { command: 'npx prisma', inputs: ['prisma'] } })).toMatchInlineSnapshot(`
    "BacklotError: option migrate of postgres() has the wrong type or value: { command: 'npx prisma', inputs: [ 'prisma' ] } [BACKLOT_CONFIG_INVALID]
      → write migrate: 'folder', migrate: { command: ['npx', ...], inputs: ['folder'] }, or a function of { url, sql }"
  `)
  expect(await refusal({ migrate: { command: ['npx', 'prisma'] } })).toMatchInlineSnapshot(`
    "BacklotError: option migrate of postgres() has the wrong type or value: { command: [ 'npx', 'prisma' ] } [BACKLOT_CONFIG_INVALID]
      → write migrate: 'folder', migrate: { command: ['npx', ...], inputs: ['folder'] }, or a function of { url, sql }"
  `)
  expect(await refusal({ seed: [] })).toMatchInlineSnapshot(`
    "BacklotError: option seed of postgres() has the wrong type or value: [] [BACKLOT_CONFIG_INVALID]
      → write seed: 'folder', seed: { command: ['npx', ...], inputs: ['folder'] }, or a function of { url, sql }"
  `)
  expect(await refusal({ extensions: 'uuid-ossp' })).toMatchInlineSnapshot(`
    "BacklotError: option extensions of postgres() has the wrong type or value: 'uuid-ossp' [BACKLOT_CONFIG_INVALID]
      → write extensions: ['uuid-ossp']"
  `)
  for (const roles of ['anon', [''], ['pg_monitor'], ['backlot_app'], ['public'], ['x'.repeat(64)]]) {
    expect(await refusal({ roles })).toContain('option roles of postgres() has the wrong type or value')
  }
  expect(await refusal({ roles: ['none'] })).toMatchInlineSnapshot(`
    "BacklotError: option roles of postgres() has the wrong type or value: [ 'none' ] [BACKLOT_CONFIG_INVALID]
      → write roles: ['anon', 'authenticated']; names of up to 63 bytes, none that begins with pg_ or backlot_"
  `)
  expect(await refusal({ version: 15 })).toMatchInlineSnapshot(`
    "BacklotError: option version of postgres() has the wrong type or value: 15 [BACKLOT_CONFIG_INVALID]
      → choose 16, 17 or 18"
  `)
  expect(await refusal({ isolation: 'truncate' })).toMatchInlineSnapshot(`
    "BacklotError: option isolation of postgres() has the wrong type or value: 'truncate' [BACKLOT_CONFIG_INVALID]
      → choose rewind, clone, transaction or none"
  `)
  expect(await refusal({ connectAs: 'postgres' })).toMatchInlineSnapshot(`
    "BacklotError: option connectAs of postgres() has the wrong type or value: 'postgres' [BACKLOT_CONFIG_INVALID]
      → choose 'app' or 'owner'"
  `)
  expect(await refusal({ durable: 'yes' })).toMatchInlineSnapshot(`
    "BacklotError: option durable of postgres() has the wrong type or value: 'yes' [BACKLOT_CONFIG_INVALID]
      → write durable: true, or leave it out"
  `)
  expect(await refusal({ limits: { row: 5 } })).toMatchInlineSnapshot(`
    "BacklotError: option limits of postgres() has the wrong type or value: { row: 5 } [BACKLOT_CONFIG_INVALID]
      → write limits: { rows: 100_000, bytes: 64 * 1024 * 1024 }, or one of the two"
  `)
  expect(await refusal({ urlEnv: 'TEST_DATABASE_URL' })).toMatchInlineSnapshot(`
    "BacklotError: option urlEnv of postgres() has the wrong type or value: 'TEST_DATABASE_URL' [BACKLOT_CONFIG_INVALID]
      → write urlEnv: ['TEST_DATABASE_URL']"
  `)
})

test('a variable that no shell could set', async () => {
  expect(await refusal({ exportAs: 'DATABASE-URL' })).toMatchInlineSnapshot(`
    "BacklotError: option exportAs of postgres() has the wrong type or value: 'DATABASE-URL' [BACKLOT_CONFIG_INVALID]
      → write exportAs: 'APP_DATABASE_URL': letters, digits and _, with no digit first"
  `)
})

test('an extension that no server of Backlot’s own has', async () => {
  expect(await refusal({ extensions: ['uuid-ossp', 'vector'] })).toBe('accepted')
  expect(await refusal({ extensions: ['pgvector'] })).toMatchInlineSnapshot(`
    "BacklotError: no server of Backlot's own has the extension "pgvector" [BACKLOT_CONFIG_INVALID]
      → did you mean "vector"?"
  `)
  expect(await refusal({ extensions: ['uuid_ossp'] })).toMatchInlineSnapshot(`
    "BacklotError: no server of Backlot's own has the extension "uuid_ossp" [BACKLOT_CONFIG_INVALID]
      → did you mean "uuid-ossp"?"
  `)
  expect(await refusal({ extensions: ['timescaledb'] })).toMatchInlineSnapshot(`
    "BacklotError: no server of Backlot's own has the extension "timescaledb" [BACKLOT_CONFIG_INVALID]
      → they have those of PostgreSQL itself and vector; set BACKLOT_DB_URL to a server that has "timescaledb""
  `)
  // A server of the user's is asked itself.
  expect(await refusal({ extensions: ['timescaledb'] }, { BACKLOT_DB_URL: 'postgres://me@localhost/x' })).toBe(
    'accepted',
  )
})

test('a URL that is none, without showing it', async () => {
  expect(await refusal({ url: 'mysql://root:secret@localhost' })).toMatchInlineSnapshot(`
    "BacklotError: option url is not a URL of a Postgres server with a user [BACKLOT_CONFIG_INVALID]
      → write postgresql://user:password@host:5432/database"
  `)
  expect(await refusal({ url: 'postgres://localhost/secret' })).toMatchInlineSnapshot(`
    "BacklotError: option url is not a URL of a Postgres server with a user [BACKLOT_CONFIG_INVALID]
      → write postgresql://user:password@host:5432/database"
  `)
  expect(await refusal({}, { BACKLOT_DB_URL: 'localhost:5432 secret' })).toMatchInlineSnapshot(`
    "BacklotError: BACKLOT_DB_URL is not a URL of a Postgres server with a user [BACKLOT_CONFIG_INVALID]
      → write postgresql://user:password@host:5432/database"
  `)
  expect(
    await refusal({ urlEnv: ['TEST_URL'] }, { TEST_URL: 'postgres://me:secret%zz@localhost/x' }),
  ).toMatchInlineSnapshot(`
    "BacklotError: TEST_URL is not a URL of a Postgres server with a user [BACKLOT_CONFIG_INVALID]
      → write postgresql://user:password@host:5432/database"
  `)
})

test('migrations that are not there', async () => {
  await mkdir(join(projectRoot, 'empty'))
  await writeFile(join(projectRoot, 'empty', 'README.md'), '')
  expect(await refusal({ migrate: 'migrations' })).toMatchInlineSnapshot(`
    "BacklotError: migrate names a path that does not exist: <project>/migrations [BACKLOT_CONFIG_INVALID]
      → create it, or write another path: paths are relative to the config's folder, <project>"
  `)
  expect(await refusal({ migrate: 'empty' })).toMatchInlineSnapshot(`
    "BacklotError: migrate has no SQL files: <project>/empty [BACKLOT_CONFIG_INVALID]
      → put files there such as 001_users.sql (or 001_users.up.sql); they run in natural order of their names"
  `)
  expect(await refusal({ seed: 'seed.sql' })).toMatchInlineSnapshot(`
    "BacklotError: seed names a path that does not exist: <project>/seed.sql [BACKLOT_CONFIG_INVALID]
      → create it, or write another path: paths are relative to the config's folder, <project>"
  `)
  expect(await refusal({ migrate: { command: ['npx', 'prisma'], inputs: ['prisma'] } })).toMatchInlineSnapshot(`
    "BacklotError: inputs of migrate names a path that does not exist: <project>/prisma [BACKLOT_CONFIG_INVALID]
      → create it, or write another path: paths are relative to the config's folder, <project>"
  `)
})

test('a missing driver', async () => {
  const missing = Object.assign(new Error("Cannot find package 'pg'"), { code: 'ERR_MODULE_NOT_FOUND' })
  await expect(checkOptions({}, context(), () => Promise.reject(missing))).rejects.toThrowErrorMatchingInlineSnapshot(`
    [BacklotError: postgres() needs the package pg [BACKLOT_DRIVER_MISSING]
      → npm install -D pg]
  `)
})

describe('plan', () => {
  const plan = (options: PostgresOptions = {}, env: Record<string, string> = {}, name = 'db') =>
    postgres(options).plan(context(env, name))
  const key = async (options: PostgresOptions): Promise<string> => (await plan(options)).baseline

  test('has defaults', async () => {
    expect(await plan()).toMatchObject({
      instance: { version: 18, durable: false },
      lease: { isolation: 'rewind', connectAs: 'app', extensions: [], limits: { rows: 100_000, bytes: 67_108_864 } },
    })
  })

  test('has roles in the lease and in the key of the baseline', async () => {
    expect(await plan({ roles: ['anon'] })).toMatchObject({ lease: { roles: ['anon'] } })
    expect((await plan()).lease).not.toHaveProperty('roles')
    const keys = await Promise.all([key({}), key({ roles: ['a'] }), key({ roles: ['b'] }), key({ extensions: ['a'] })])
    expect(new Set(keys).size).toBe(4)
    expect(await key({ roles: [] })).toBe(keys[0])
  })

  test('a server by URL: the environment comes before the options', async () => {
    const options: PostgresOptions = { url: 'postgres://option/x', urlEnv: ['TEST_URL'] }
    const url = async (env: Record<string, string>) => (await plan(options, env, 'readModel')).instance
    expect(await url({})).toMatchObject({ url: 'postgres://option/x' })
    expect(await url({ TEST_URL: 'postgres://test/x' })).toMatchObject({ url: 'postgres://test/x' })
    expect(await url({ TEST_URL: 'postgres://test/x', BACKLOT_READMODEL_URL: 'postgres://own/x' })).toMatchObject({
      url: 'postgres://own/x',
    })
    expect(await url({ BACKLOT_READMODEL_URL: '' })).toMatchObject({ url: 'postgres://option/x' })
    expect([await url({}), await url({ TEST_URL: 'x' }), await url({ BACKLOT_READMODEL_URL: 'x' })]).toMatchObject([
      { urlFrom: 'option url' },
      { urlFrom: 'TEST_URL' },
      { urlFrom: 'BACKLOT_READMODEL_URL' },
    ])
  })

  test('the baseline’s key changes with all that goes in, and with nothing else', async () => {
    const write = (name: string, text: string) => writeFile(join(projectRoot, name), text)
    await mkdir(join(projectRoot, 'migrations'))
    await mkdir(join(projectRoot, 'prisma'))
    await write('migrations/1.sql', 'SELECT 1')
    await write('migrations/2.sql', 'SELECT 2')
    await write('prisma/schema.prisma', 'model A {}')
    await write('seed.sql', 'SELECT 3')
    const folder: PostgresOptions = { migrate: 'migrations', seed: 'seed.sql' }
    const command: PostgresOptions = { migrate: { command: ['npx', 'prisma'], inputs: ['prisma'] } }
    const all = () => Promise.all([key(folder), key(command)])
    const first = await all()
    expect(await all()).toEqual(first)

    await write('unrelated.sql', 'SELECT 4')
    await write('migrations/notes.md', 'notes')
    await write('migrations/1.down.sql', 'SELECT 5')
    expect(await all()).toEqual(first)
    expect(await key({ ...folder, connectAs: 'owner', isolation: 'clone', limits: { rows: 1 } })).toBe(first[0])

    const variants = [
      await key({ ...folder, version: 17 }),
      await key({ ...folder, extensions: ['citext'] }),
      await key({ migrate: 'migrations' }),
      await key({ migrate: { command: ['npx', 'prisma', 'x'], inputs: ['prisma'] } }),
      await key({ migrate: { command: ['npx', 'prisma'], inputs: ['prisma'], env: { A: '1' } } }),
      await key({ migrate: () => 1 }),
      await key({ migrate: () => 2 }),
      await key({ migrate: { run: () => 1, inputs: ['seed.sql'] } }),
    ]
    await write('seed.sql', 'SELECT 33')
    variants.push(await key(folder))
    await write('migrations/2.sql', 'SELECT 22')
    variants.push(await key(folder))
    await write('migrations/3.sql', '')
    variants.push(await key(folder))
    await write('prisma/schema.prisma', 'model B {}')
    variants.push(await key(command))
    expect(new Set([...first, ...variants]).size).toBe(first.length + variants.length)
  })
})
