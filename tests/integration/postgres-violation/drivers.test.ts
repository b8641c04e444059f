import { PrismaPg } from '@prisma/adapter-pg'
import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { drizzle as drizzleOnPostgresJs } from 'drizzle-orm/postgres-js'
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import postgresJs from 'postgres'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { queryProbe } from '../../../src/postgres/violation/to-violate.ts'
import { type Lab, openLab, openSeat, type Seat } from '../postgres-probes/lab.ts'

const schema = `
  CREATE TABLE users (
    id int CONSTRAINT users_pkey PRIMARY KEY, email text NOT NULL CONSTRAINT users_email_key UNIQUE,
    age int CONSTRAINT users_age_check CHECK (age >= 0)
  );
  CREATE TABLE posts (id int PRIMARY KEY, author int CONSTRAINT posts_author_fkey REFERENCES users ON DELETE RESTRICT);
  CREATE TABLE bookings (room int4range, CONSTRAINT bookings_no_overlap EXCLUDE USING gist (room WITH &&));
`

/** Runs a statement as the app does, by one of the ways to talk to Postgres. */
type Run = (statement: string) => PromiseLike<unknown>

const ways: Readonly<Record<string, (url: string) => Promise<{ run: Run; close: () => Promise<unknown> }>>> = {
  async 'node-postgres'(url) {
    const pool = new Pool({ connectionString: url })
    return { run: (statement) => pool.query(statement), close: () => pool.end() }
  },
  async 'postgres.js'(url) {
    const sql = postgresJs(url)
    return { run: (statement) => sql.unsafe(statement), close: () => sql.end() }
  },
  async 'Drizzle on node-postgres'(url) {
    const pool = new Pool({ connectionString: url })
    const database = drizzle(pool)
    return { run: (statement) => database.execute(drizzleSql.raw(statement)), close: () => pool.end() }
  },
  async 'Drizzle on postgres.js'(url) {
    const sql = postgresJs(url)
    const database = drizzleOnPostgresJs(sql)
    return { run: (statement) => database.execute(drizzleSql.raw(statement)), close: () => sql.end() }
  },
  async Kysely(url) {
    const kysely = new Kysely({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: url }) }) })
    return { run: (statement) => kysely.executeQuery(CompiledQuery.raw(statement)), close: () => kysely.destroy() }
  },
  // The client on top of it needs code that Prisma generates: its wrapping is tested beside this, as it was recorded.
  async "Prisma's adapter on node-postgres"(url) {
    const adapter = await new PrismaPg({ connectionString: url }).connect()
    return {
      run: (sql) => adapter.executeRaw({ sql, args: [], argTypes: [] }),
      close: () => adapter.dispose(),
    }
  },
}

let lab: Lab
let seat: Seat

beforeAll(async () => {
  lab = await openLab()
  seat = await openSeat(lab, schema)
})
afterAll(async () => {
  await seat?.close()
  await lab?.stop()
})
beforeEach(async () => {
  await seat.push()
  await seat.app.query(`
    INSERT INTO users VALUES (1, 'ada@example.org', 36);
    INSERT INTO posts VALUES (1, 1);
    INSERT INTO bookings VALUES ('[1,5)')`)
})
afterEach(() => seat.pop())

describe.for(Object.keys(ways))('%s', (name) => {
  let way: { run: Run; close: () => Promise<unknown> }
  beforeEach(async () => {
    way = (await ways[name]?.(seat.db.url)) ?? expect.fail('no such way')
  })
  afterEach(() => way.close())
  const query = (statement: string) => expectProbe(queryProbe(way.run(statement)))

  test('every kind of constraint is told, with its names', async () => {
    await query("INSERT INTO users VALUES (2, 'ada@example.org')").toViolate('unique', {
      constraint: 'users_email_key',
      table: 'users',
    })
    await query('INSERT INTO posts VALUES (2, 7)').toViolate('foreign key', { constraint: 'posts_author_fkey' })
    await query('DELETE FROM users').toViolate('foreign key', { constraint: 'posts_author_fkey' })
    await query('INSERT INTO users VALUES (2)').toViolate('not null', { table: 'users', column: 'email' })
    await query("INSERT INTO users VALUES (2, 'b', -1)").toViolate('check', {
      constraint: 'users_age_check',
      table: 'users',
    })
    await query("INSERT INTO bookings VALUES ('[3,4)')").toViolate('exclusion', { constraint: /overlap$/ })
  })

  test('what succeeds, or fails otherwise, is no violation', async () => {
    await query("INSERT INTO users VALUES (2, 'bob@example.org')").not.toViolate('unique')
    await expect(query('SELECT 1').toViolate('unique')).rejects.toThrow('but the query succeeded')
    await expect(query('SELECT nothing').toViolate('unique')).rejects.toThrow(/failed otherwise[\s\S]*nothing/)
    await expect(query('SELECT nothing').not.toViolate('unique')).rejects.toThrow(/failed otherwise[\s\S]*nothing/)
  })
})

test('columns and detail, where the driver hands them on', async () => {
  const query = (statement: string) => expectProbe(queryProbe(() => seat.app.query(statement)))
  await query("INSERT INTO users VALUES (1, 'b')").toViolate('unique', {
    constraint: 'users_pkey',
    table: 'public.users',
    column: 'id',
    detail: 'Key (id)=(1) already exists',
  })
  const detail = /\(7\)/g
  for (const column of ['author', /^auth/]) {
    await query('INSERT INTO posts VALUES (2, 7)').toViolate('foreign key', { column, detail })
  }
})
