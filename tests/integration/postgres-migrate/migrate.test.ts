import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { connect } from '../../../src/postgres/client.ts'
import type { BaselineTarget } from '../../../src/postgres/contract.ts'
import { type PostgresOptions, postgres } from '../../../src/postgres/index.ts'
import { createSql } from '../../../src/postgres/sql.ts'
import { failureOf, type Lab, openLab, serviceContext } from '../postgres-probes/lab.ts'

let lab: Lab
let project: string
let number = 0

beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab?.stop())
beforeEach(async () => {
  number += 1
  project = join(lab.projectRoot, `project-${number}`)
  await mkdir(project)
})
afterEach(() => rm(project, { recursive: true, force: true }))

async function files(contents: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(contents)) {
    await mkdir(dirname(join(project, name)), { recursive: true })
    await writeFile(join(project, name), content)
  }
}

/** Builds a baseline and asks something of it; it is thrown away. */
async function build<T extends object>(
  options: PostgresOptions,
  ask = 'SELECT 1',
  env: Record<string, string> = {},
): Promise<readonly T[]> {
  const service = postgres(options)
  const context = serviceContext(project, { env: { PATH: process.env.PATH, ...env } })
  await service.check(context)
  const { lease } = await service.plan(context)
  const request = await lab.instance.baseline(`migrate${number}`, lease)
  if (request.state === 'ready') throw new Error('the baseline is there already')
  try {
    await service.build(request.target, context)
    const client = await connect((request.target as BaselineTarget).owner, { applicationName: 'backlot:test' })
    const rows = await createSql((statement) => client.query(statement))<T>(Object.assign([ask], { raw: [ask] }))
    await client.end()
    return rows
  } finally {
    await request.discard()
  }
}

const failing = (options: PostgresOptions, env?: Record<string, string>) =>
  failureOf(build(options, undefined, env)).then((message) => message.replaceAll(project, '<project>'))

test('a folder runs in natural order, the down files left out', async () => {
  await files({
    'migrations/1_users.up.sql': "CREATE TABLE users (id int, name text DEFAULT 'é; –')",
    'migrations/1_users.down.sql': 'DROP TABLE users',
    'migrations/2_age/migration.sql': 'ALTER TABLE users ADD age int;',
    'migrations/10_row.sql': 'INSERT INTO users VALUES (1); UPDATE users SET age = 7',
    'migrations/README.md': 'not SQL',
  })
  expect(await build({ migrate: 'migrations' }, 'SELECT * FROM users')).toEqual([{ id: 1, name: 'é; –', age: 7 }])
})

test('what cannot run in a transaction runs outside of one', async () => {
  await files({
    'm/1.sql': 'CREATE TABLE users (id int)',
    'm/2.sql': 'CREATE INDEX CONCURRENTLY by_id ON users (id); VACUUM users',
    'm/3.sql': 'BEGIN; INSERT INTO users VALUES (1); COMMIT; INSERT INTO users VALUES (2)',
    'm/4.sql': 'SET search_path = pg_catalog',
    'm/5.sql': 'INSERT INTO users VALUES (3)',
  })
  expect(await build({ migrate: 'm' }, 'SELECT count(*)::int AS n FROM users')).toEqual([{ n: 3 }])
})

test('seed comes after the migrations', async () => {
  await files({ 'schema.sql': 'CREATE TABLE users (id int)', 'seed.sql': 'INSERT INTO users VALUES (1)' })
  expect(await build({ migrate: 'schema.sql', seed: 'seed.sql' }, 'SELECT * FROM users')).toEqual([{ id: 1 }])
})

test('extensions are there before the migrations', async () => {
  await files({ 'm/1.sql': 'CREATE TABLE a (t citext)' })
  await build({ migrate: 'm', extensions: ['citext'] })
})

test('a function gets the URL and sql', async () => {
  const rows = await build(
    {
      migrate: async ({ sql, url, database }) => {
        expect(new URL(url).pathname).toBe(`/${database}`)
        await Promise.all([sql`CREATE TABLE a (id int)`, sql`CREATE TABLE b (id int)`])
        await sql`INSERT INTO a VALUES (${5})`
      },
    },
    'SELECT * FROM a',
  )
  expect(rows).toEqual([{ id: 5 }])
})

const program = `
  import pg from ${JSON.stringify(import.meta.resolve('pg'))}
  const client = new pg.Client({ connectionString: process.env[process.argv[2]] })
  await client.connect()
  const plain = new pg.Client()
  await plain.connect()
  await plain.query('CREATE TABLE a (id int)')
  await client.query('INSERT INTO a VALUES ($1)', [process.env.NUMBER])
  await Promise.all([client.end(), plain.end()])
`

test('a command gets the database in its environment', async () => {
  await files({ 'migrate.mjs': program })
  const command = [process.execPath, 'migrate.mjs', 'MY_URL'] as const
  const options: PostgresOptions = {
    migrate: { command: [...command], inputs: ['migrate.mjs'], env: ({ url }) => ({ MY_URL: url, NUMBER: '7' }) },
  }
  expect(await build(options, 'SELECT * FROM a')).toEqual([{ id: 7 }])
})

test('a failing statement is shown with file, line and caret', async () => {
  await files({
    'm/1.sql':
      'CREATE TABLE users (id int);\n\n-- a comment\n  CREATE TABLE invites (\n    id int,\n    "é" uuid REFERENCES user (id)\n  );\nSELECT 1;',
  })
  expect(await failing({ migrate: 'm' })).toMatchInlineSnapshot(`
    "m/1.sql:6:25: syntax error at or near "user" [BACKLOT_MIGRATION_FAILED]
      → mend m/1.sql:6:25
      4 |   CREATE TABLE invites (
      5 |     id int,
      6 |     "é" uuid REFERENCES user (id)
        |                         ^
      7 |   )"
  `)
})

test('a refused row is shown with what Postgres says of it', async () => {
  await files({
    'm/1.sql':
      'CREATE TABLE users (id int PRIMARY KEY);\nINSERT INTO users VALUES (1);\nINSERT INTO users\n  VALUES (1);',
  })
  expect(await failing({ migrate: 'm' })).toMatchInlineSnapshot(`
    "m/1.sql:3: duplicate key value violates unique constraint "users_pkey" [BACKLOT_MIGRATION_FAILED]
      → mend m/1.sql:3
      3 | INSERT INTO users
      4 |   VALUES (1)
      DETAIL: Key (id)=(1) already exists."
  `)
})

test('a failing commit', async () => {
  await files({
    'm/1.sql':
      'CREATE TABLE a (id int PRIMARY KEY, b int REFERENCES a DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO a VALUES (1, 2);\n',
  })
  expect(await failing({ migrate: 'm' })).toMatchInlineSnapshot(`
    "m/1.sql:3: insert or update on table "a" violates foreign key constraint "a_b_fkey" [BACKLOT_MIGRATION_FAILED]
      → mend m/1.sql:3
      3 | COMMIT
      DETAIL: Key (b)=(2) is not present in table "a"."
  `)
})

test('a failing seed', async () => {
  await files({ 'seed.sql': 'INSERT INTO nothing VALUES (1)' })
  expect(await failing({ seed: 'seed.sql' })).toMatchInlineSnapshot(`
    "seed.sql:1:13: relation "nothing" does not exist [BACKLOT_SEED_FAILED]
      → mend seed.sql:1:13
      1 | INSERT INTO nothing VALUES (1)
        |             ^"
  `)
})

test('hints where they are known', async () => {
  await files({
    'm/1.sql': "CREATE TYPE t AS ENUM ('a'); CREATE TABLE x (t t)",
    'm/2.sql': "ALTER TYPE t ADD VALUE 'b';\nINSERT INTO x VALUES ('b');",
  })
  expect(await failing({ migrate: 'm' })).toMatchInlineSnapshot(`
    "m/2.sql:2:23: unsafe use of new value "b" of enum type t [BACKLOT_MIGRATION_FAILED]
      → put the ALTER TYPE ... ADD VALUE into a file of its own: its new value can be used after its commit
      2 | INSERT INTO x VALUES ('b')
        |                       ^
      HINT: New enum values must be committed before they can be used."
  `)
  await files({ 'n/1.sql': 'CREATE EXTENSION file_fdw' })
  expect(await failing({ migrate: 'n' })).toMatchInlineSnapshot(`
    "n/1.sql:1: permission denied to create extension "file_fdw" [BACKLOT_MIGRATION_FAILED]
      → name it in the config instead: postgres({ extensions: ['file_fdw'] })
      1 | CREATE EXTENSION file_fdw
      HINT: Must be superuser to create this extension."
  `)
  await files({ 'v/1.sql': 'CREATE EXTENSION IF NOT EXISTS vector' })
  expect(await failing({ migrate: 'v' })).toMatchInlineSnapshot(`
    "v/1.sql:1: extension "vector" is not available [BACKLOT_MIGRATION_FAILED]
      → name it in the config instead: postgres({ extensions: ['vector'] })
      1 | CREATE EXTENSION IF NOT EXISTS vector
      HINT: The extension must first be installed on the system where PostgreSQL is running."
  `)
  await files({ 'o/1.sql': 'CREATE TABLE a (id int);\nCOPY a (id) FROM stdin;\n1\n\\.\n' })
  expect(await failing({ migrate: 'o' })).toMatchInlineSnapshot(`
    "o/1.sql:2: COPY ... FROM stdin is for psql alone [BACKLOT_MIGRATION_FAILED]
      → dump with pg_dump --inserts and take out lines that begin with a backslash, or run psql: { command: ["psql", "-f", ...] }"
  `)
  await files({ 'p/1.sql': '\\connect other\n' })
  expect(await failing({ migrate: 'p' })).toMatchInlineSnapshot(`
    "p/1.sql:1: \\connect other is for psql alone [BACKLOT_MIGRATION_FAILED]
      → dump with pg_dump --inserts and take out lines that begin with a backslash, or run psql: { command: ["psql", "-f", ...] }"
  `)
})

test('a failing command shows its last lines, without the password', async () => {
  const script = "console.log('line 1'); console.error('cannot reach ' + process.env.DATABASE_URL); process.exit(3)"
  const message = await failing(
    { migrate: { command: ['node', '-e', script], inputs: [] } },
    { PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
  )
  expect(message.replaceAll(/@[\w.:]+\/\w+/g, '@<server>')).toMatchInlineSnapshot(`
    "the command node -e console.log('line 1'); console.error('cannot reach ' + process.env.DATABASE_URL); process.exit(3) ended with exit code 3 [BACKLOT_MIGRATION_FAILED]
      → its last lines say why; it runs in the folder of the config with DATABASE_URL and PG* set
      line 1
      cannot reach postgresql://backlot_owner:***@<server>"
  `)
})

test('a command that is not there, or never ends', async () => {
  expect(await failing({ migrate: { command: ['backlot-no-such-program'], inputs: [] } })).toMatchInlineSnapshot(`
    "the command backlot-no-such-program could not be started [BACKLOT_MIGRATION_FAILED]
      → install backlot-no-such-program, or put it on the PATH
      spawn backlot-no-such-program ENOENT"
  `)
  const endless: PostgresOptions = {
    migrate: { command: [process.execPath, '-e', 'setInterval(() => {}, 1000)'], inputs: [], deadlineMs: 300 },
  }
  const message = await failing(endless)
  expect(message.replaceAll(process.execPath, 'node')).toMatchInlineSnapshot(`
    "the command node -e setInterval(() => {}, 1000) was ended [BACKLOT_MIGRATION_FAILED]
      → it may take 300 ms: give it longer with deadlineMs
      ended by SIGKILL (deadline …)"
  `)
})

test('a failing function', async () => {
  const migrate = () => {
    throw new Error('cannot go on')
  }
  expect(await failing({ migrate })).toMatch(
    /^the migrate function failed: cannot go on \[BACKLOT_MIGRATION_FAILED\]\n.*\n.*\n\s+at .*migrate\.test\.ts/,
  )
})

/** The message up to the frames of the test runner; lines and columns of this file are written as `<line>`. */
const upToOwnFrame = (message: string): string =>
  message
    .replaceAll(/(?:file:\/\/)?[^\s(]*(migrate\.test\.ts):\d+:\d+/g, '$1:<line>')
    .replace(/(\n +at .*migrate\.test\.ts:<line>\)?)[\s\S]*/, '$1')

test('a failing statement of a function shows itself, without what is bound to it, and its line', async () => {
  const refused = failing({
    migrate: async function migrate({ sql }) {
      await sql`CREATE TABLE users (id int PRIMARY KEY)`
      await sql`
        INSERT INTO users
        VALUES (${1}, ${'a secret'})
      `
    },
  })
  expect(upToOwnFrame(await refused)).toMatchInlineSnapshot(`
    "the migrate function failed: INSERT has more expressions than target columns [BACKLOT_MIGRATION_FAILED]
      → mend migrate.test.ts:<line>
      1 |         INSERT INTO users
      2 |         VALUES ($1, $2)
        |                     ^
    error: INSERT has more expressions than target columns
        at migrate (migrate.test.ts:<line>)"
  `)
  const twice = failing({
    migrate: async ({ sql }) => sql`CREATE TABLE users (id int PRIMARY KEY)`,
    seed: async function seed({ sql }) {
      await sql`INSERT INTO users VALUES (1), (1)`
    },
  })
  expect(upToOwnFrame(await twice)).toMatchInlineSnapshot(`
    "the seed function failed: duplicate key value violates unique constraint "users_pkey" [BACKLOT_SEED_FAILED]
      → mend migrate.test.ts:<line>
      1 | INSERT INTO users VALUES (1), (1)
      DETAIL: Key (id)=(1) already exists.
    error: duplicate key value violates unique constraint "users_pkey"
        at seed (migrate.test.ts:<line>)"
  `)
  const bound = await failing({
    migrate: async ({ sql }) => {
      await sql`CREATE TABLE users (name text PRIMARY KEY)`
      await sql`INSERT INTO users VALUES (${'a secret'}), (${'a secret'})`
    },
  })
  expect(bound).not.toContain('a secret')
})

test('the line of a failing statement of a function is the line of the file', async () => {
  const here = Number(/migrate\.test\.ts:(\d+)/.exec(new Error('the statement is one below').stack ?? '')?.[1])
  const message = await failing({ migrate: async ({ sql }) => sql`SELECT nope` })
  expect(message).toMatch(new RegExp(`\n  → mend .*migrate\\.test\\.ts:${here + 1}:\\d+\n`))
})

test('a failing function in the project is named relative to it', async () => {
  await files({
    'seed users.mjs': 'export async function seed({ sql }) {\n  await sql`SELECT nope`\n}\n',
  })
  const { seed } = await import(/* @vite-ignore */ pathToFileURL(join(project, 'seed users.mjs')).href)
  expect(await failing({ seed })).toContain('\n  → mend seed users.mjs:2:')
})

test('a long statement of a function is shortened', async () => {
  const message = await failing({
    migrate: ({ sql }) => {
      const text = `SELECT ${'1, '.repeat(200)}\n${'-- nothing\n'.repeat(40)} nope`
      return sql(Object.assign([text], { raw: [text] }))
    },
  })
  const shown = message.split('\n').filter((line) => /^ +\d+ \|/.test(line))
  expect(shown).toHaveLength(12)
  expect(Math.max(...shown.map((line) => line.length))).toBeLessThan(180)
  expect(shown.at(-1)).toMatch(/42 \| {2}nope$/)
})

test('an error that a function did not make itself says so', async () => {
  const migrate = () => {
    throw Object.assign(new Error('from afar'), { stack: 'Error: from afar' })
  }
  expect(await failing({ migrate })).toMatchInlineSnapshot(`
    "the migrate function failed: from afar [BACKLOT_MIGRATION_FAILED]
      → throw errors that are made in the migrate function: this one has no line of it
    Error: from afar"
  `)
})
