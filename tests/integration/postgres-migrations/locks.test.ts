import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callMatcher, expectProbe } from '../../../src/expect/index.ts'
import type { StatementLocks } from '../../../src/postgres/index.ts'
import { failureOf, type Lab, openLab } from '../postgres-probes/lab.ts'
import { filesIn, walking, walkingSteps } from './support.ts'

const files = {
  '1_users.sql': 'CREATE TABLE users (id int PRIMARY KEY, name text)',
  '2_age.sql':
    '-- first\nALTER TABLE users ADD age int;\nCREATE TABLE teams (id int PRIMARY KEY);\nUPDATE users SET age = 1;',
  '3_index.sql': 'CREATE INDEX ON users (name)',
  '4_online.sql': 'CREATE INDEX CONCURRENTLY ON users (age)',
  '5_key.sql': 'ALTER TABLE users ADD FOREIGN KEY (age) REFERENCES teams',
  '6_rows.sql': 'INSERT INTO teams VALUES (1)',
}

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab?.stop())

const brief = ({ step, line, statement, locks, heldUp }: StatementLocks) => ({
  at: `${step}:${line} ${statement}`,
  locks: locks.map(({ table, mode }) => `${mode} on ${table}`),
  heldUp: heldUp.map(({ access, table }) => `${access} of ${table}`),
})

describe('locks', () => {
  test('are told by statement, with who waited', () =>
    walking(lab, files, async (walk) => {
      const locks = await walk.locks()
      expect(locks.map(brief)).toMatchInlineSnapshot(`
        [
          {
            "at": "1_users:1 CREATE TABLE users (id int PRIMARY KEY, name text)",
            "heldUp": [],
            "locks": [],
          },
          {
            "at": "2_age:2 ALTER TABLE users ADD age int",
            "heldUp": [
              "reads of users",
              "writes of users",
            ],
            "locks": [
              "ACCESS EXCLUSIVE on users",
            ],
          },
          {
            "at": "2_age:3 CREATE TABLE teams (id int PRIMARY KEY)",
            "heldUp": [],
            "locks": [],
          },
          {
            "at": "2_age:4 UPDATE users SET age = 1",
            "heldUp": [],
            "locks": [
              "ROW EXCLUSIVE on users",
            ],
          },
          {
            "at": "3_index:1 CREATE INDEX ON users (name)",
            "heldUp": [
              "writes of users",
            ],
            "locks": [
              "SHARE on users",
            ],
          },
          {
            "at": "4_online:1 CREATE INDEX CONCURRENTLY ON users (age)",
            "heldUp": [],
            "locks": [],
          },
          {
            "at": "5_key:1 ALTER TABLE users ADD FOREIGN KEY (age) REFERENCES teams",
            "heldUp": [
              "writes of users",
              "writes of teams",
            ],
            "locks": [
              "ACCESS SHARE on users",
              "SHARE ROW EXCLUSIVE on users",
              "ACCESS SHARE on teams",
              "ROW SHARE on teams",
              "SHARE ROW EXCLUSIVE on teams",
            ],
          },
          {
            "at": "6_rows:1 INSERT INTO teams VALUES (1)",
            "heldUp": [],
            "locks": [
              "ROW EXCLUSIVE on teams",
            ],
          },
        ]
      `)
      expect(locks.map(({ transaction }) => transaction)).toEqual([true, true, true, true, true, false, true, true])
      for (const { ms, heldMs, heldUp } of locks) {
        expect(heldMs).toBeGreaterThanOrEqual(ms)
        for (const held of heldUp) expect(held.ms).toBeLessThanOrEqual(heldMs)
      }
      expect(walk.applied).toEqual([])
    }))

  test('let go of whoever waits when the migration fails', async () => {
    const folder = await filesIn(lab, {
      '1.sql': 'CREATE TABLE a (id int)',
      '2.sql': 'ALTER TABLE a ADD x int; SELECT 1 / 0',
    })
    const steps = ['1', '2'].map((name) => ({ name, up: `${folder}/${name}.sql` }))
    await walkingSteps(lab, { steps }, async (walk) => {
      expect(await failureOf(walk.locks())).toContain('2.sql:1: division by zero')
    })
  })

  test('are none of steps that are no SQL', () =>
    walkingSteps(lab, { steps: [{ name: 'a', up: ({ sql }) => sql`CREATE TABLE a ()` }] }, async (walk) => {
      expect(await walk.locks()).toEqual([])
      expect(await failureOf(expectProbe(walk).not.toHoldUp('reads'))).toMatchInlineSnapshot(`
        "toHoldUp can look into SQL files alone, and a is none [BACKLOT_USAGE]
          → leave it out: { except: ['a'] }"
      `)
      await expectProbe(walk).not.toHoldUp('reads', { except: ['a'] })
    }))

  test('are seen of statements that commit by themselves', () =>
    walking(
      lab,
      {
        '1.sql': 'CREATE TABLE a (id int)',
        '2.sql': '-- backlot: no-transaction\nALTER TABLE a ADD x int; CREATE INDEX CONCURRENTLY ON a (x)',
        '3.sql': 'BEGIN; ALTER TABLE a ADD y int; COMMIT; DO $$ BEGIN COMMIT; END $$',
      },
      async (walk) => {
        const locks = await walk.locks()
        const held = locks.filter(({ heldUp }) => heldUp.length > 0).map(({ statement }) => statement)
        expect(held).toEqual(['ALTER TABLE a ADD x int', 'ALTER TABLE a ADD y int'])
        expect(await walk.schema()).toEqual({})
      },
    ))
})

describe('toHoldUp', () => {
  test('says which statements hold up whom', () =>
    walking(lab, files, async (walk) => {
      const probe = expectProbe(walk)
      await probe.toHoldUp('reads', { only: ['2'] })
      await probe.not.toHoldUp('reads', { only: ['1', '3', '4', '5', '6'] })
      await probe.toHoldUp('writes', {
        only: ['3'],
        seed: (sql, step) => step === '2_age' && sql`INSERT INTO users (id) VALUES (1)`,
      })
      await probe.not.toHoldUp('writes', { except: ['2', '3', '5'] })
      const held = (text: string): string => text.replaceAll(/m\d+\//g, 'm/').replaceAll(/held for .*/g, 'held for …')
      expect(held(await failureOf(probe.not.toHoldUp('reads')))).toMatchInlineSnapshot(`
        "Expected the migrations of db not to hold up reads
        but reads wait for these:

          2_age
            m/2_age.sql:2: ALTER TABLE users ADD age int
              ACCESS EXCLUSIVE on users, held for …"
      `)
      expect(held(await failureOf(probe.not.toHoldUp('writes')))).toMatchInlineSnapshot(`
        "Expected the migrations of db not to hold up writes
        but writes wait for these:

          2_age
            m/2_age.sql:2: ALTER TABLE users ADD age int
              ACCESS EXCLUSIVE on users, held for …

          3_index
            m/3_index.sql:1: CREATE INDEX ON users (name)
              SHARE on users, held for …

          5_key
            m/5_key.sql:1: ALTER TABLE users ADD FOREIGN KEY (age) REFERENCES teams
              SHARE ROW EXCLUSIVE on users, held for …
              SHARE ROW EXCLUSIVE on teams, held for …"
      `)
      expect(await failureOf(probe.toHoldUp('reads', { only: ['4'] }))).toMatchInlineSnapshot(`
        "Expected the migrations of db to hold up reads
        but nobody has to wait"
      `)
    }))

  test('refuses what it does not know', () =>
    walking(lab, { '1.sql': 'SELECT 1' }, async (walk) => {
      const loose = (...expected: readonly unknown[]) =>
        failureOf(callMatcher(walk, 'toHoldUp', { not: false }, expected))
      expect(await loose('read')).toMatchInlineSnapshot(`
        "toHoldUp takes 'reads' or 'writes', not 'read' [BACKLOT_USAGE]
          → for example await expect(walk).not.toHoldUp('reads')"
      `)
      expect(await loose('reads', { onyl: [] })).toMatchInlineSnapshot(`
        "toHoldUp has no option onyl [BACKLOT_USAGE]
          → did you mean only?"
      `)
      expect(await loose('reads', { other: [] })).toMatchInlineSnapshot(`
        "toHoldUp has no option other [BACKLOT_USAGE]
          → its options are: only, except, seed"
      `)
    }))
})
