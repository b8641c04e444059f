import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { connect } from '../../../src/postgres/client.ts'
import type { LeaseInfo } from '../../../src/postgres/contract.ts'
import { type InterleavedSession, interleave } from '../../../src/postgres/index.ts'
import { failureOf, type Lab, openLab, openSeat, type Seat } from '../postgres-probes/lab.ts'

const schema = `
  CREATE TABLE accounts (id int PRIMARY KEY, owner text, balance int);
  INSERT INTO accounts VALUES (1, 'ada', 100), (2, 'ada', 100);
`

let lab: Lab
let seat: Seat
let observer: Client

beforeAll(async () => {
  lab = await openLab()
  seat = await openSeat(lab, schema)
  observer = await connect((seat.info() as LeaseInfo).observer, { applicationName: 'backlot:test' })
})
afterAll(async () => {
  await observer?.end()
  await seat?.close()
  await lab?.stop()
})
beforeEach(() => seat.push())
afterEach(async () => {
  expect((await sessions()).filter(({ inTransaction }) => inTransaction)).toEqual([])
  await seat.pop()
})

/** What sessions of a run are at. Asked as the observer: to other roles, Postgres shows neither state nor query. */
async function sessions(): Promise<readonly { query: string; inTransaction: boolean }[]> {
  const { rows } = await observer.query(
    `SELECT query, xact_start IS NOT NULL AS "inTransaction" FROM pg_stat_activity WHERE application_name LIKE 'db.interleave%'`,
  )
  return rows
}

async function balances(): Promise<readonly number[]> {
  const rows = await seat.db.sql<{ balance: number }>`SELECT balance FROM accounts ORDER BY id`
  return rows.map(({ balance }) => balance)
}

/** Pids in messages differ from run to run. */
const stable = (text: string): string => text.replaceAll(/pid \d+/g, 'pid …')

test('a statement waits, and it is known for whom', async () => {
  const run = await interleave(seat.db, async ({ a, b }) => {
    await a.begin()
    await a.sql`UPDATE accounts SET balance = balance - 10 WHERE id = ${1}`
    const update = b.sql`UPDATE accounts SET balance = balance * 2 WHERE id = ${1} RETURNING balance`
    await expectProbe(update).toBeBlockedBy(a)
    await expectProbe(update).toBeBlocked()
    expect(await a.commit()).toBe('committed')
    expect(await update).toEqual([{ balance: 180 }])
  })
  expect(await balances()).toEqual([180, 100])
  expect(run.anomalies).toEqual([])
  expect(run.steps[2]).toMatchObject({ session: 'b', state: 'done', rowCount: 1, waitedFor: ['a'] })
  expect(String(run)).toMatchInlineSnapshot(`
    "1 a  BEGIN
    2 a  UPDATE accounts SET balance = balance - 10 WHERE id = $1: 1 row
    3 b  UPDATE accounts SET balance = balance * 2 WHERE id = $1 RETURNING balance (waited for a): { balance: 180 }
    4 a  COMMIT"
  `)
})

// Of several that wait for one row, the server lets on whom it likes: so one waits.
test('the order is the written one, though nothing is awaited', async () => {
  for (let turn = 0; turn < 5; turn += 1) {
    const { steps } = await interleave(seat.db, async ({ a, b, c }) => {
      void a.begin()
      void a.sql`UPDATE accounts SET owner = 'a' WHERE id = 1`
      void b.sql`UPDATE accounts SET owner = owner || 'b' WHERE id = 1`
      void a.commit()
      void c.sql`UPDATE accounts SET owner = owner || 'c' WHERE id = 1`
      void a.sql`SELECT owner FROM accounts WHERE id = 1`
    })
    expect(steps.map(({ state }) => state)).toEqual(Array(6).fill('done'))
    expect(steps.at(-1)?.rows).toEqual([{ owner: 'abc' }])
  }
})

test('a statement behind one that waited comes after all that was set free with it', async () => {
  const { steps } = await interleave(seat.db, async ({ a, b, c }) => {
    await a.begin()
    await a.sql`UPDATE accounts SET owner = 'a'`
    // Evaluated again after the wait: so it takes a while to end.
    void c.sql`UPDATE accounts SET owner = owner || 'c' || pg_sleep(0.2)::text WHERE id = 2`
    void b.sql`UPDATE accounts SET owner = owner || 'b' WHERE id = 1`
    void b.sql`SELECT owner FROM accounts ORDER BY id`
    void a.commit()
  })
  expect(steps.find(({ rows }) => rows.length > 0)?.rows).toEqual([{ owner: 'ab' }, { owner: 'ac' }])
})

test('a session is of no use after its run', async () => {
  const left: InterleavedSession[] = []
  await interleave(seat.db, async ({ a }) => void left.push(a))
  const failures = await Promise.all(left.map(({ rollback }) => failureOf(rollback())))
  expect((await sessions()).filter(({ query }) => query.includes('pg_backend_pid'))).toEqual([])
  expect(failures.join()).toMatchInlineSnapshot(`
    "a statement came after its run had ended [BACKLOT_USAGE]
      → await every statement, or assert on it, before the script of interleave returns"
  `)
})

describe('anomalies', () => {
  const twice = async (a: InterleavedSession, b: InterleavedSession, write: () => PromiseLike<unknown>) => {
    await a.sql`SELECT * FROM accounts WHERE balance > 50 ORDER BY id`
    await write()
    await a.sql`SELECT * FROM accounts WHERE balance > 50 ORDER BY id`
    await a.commit()
    return b
  }

  test.for([
    ['read committed', ['non-repeatable read']],
    ['repeatable read', []],
    ['serializable', []],
  ] as const)('a read is repeated under %s', async ([level, expected]) => {
    const run = await interleave(seat.db, async ({ a, b }) => {
      await a.begin(level)
      await twice(a, b, () => b.sql`UPDATE accounts SET balance = 60 WHERE id = 1`)
    })
    expect(run.anomalies).toEqual(expected)
  })

  test.for([
    ['read committed', ['phantom read']],
    ['repeatable read', []],
  ] as const)('a row appears under %s', async ([level, expected]) => {
    const run = await interleave(seat.db, async ({ a, b }) => {
      await a.begin(level)
      await twice(a, b, () => b.sql`INSERT INTO accounts VALUES (3, 'bob', 70)`)
    })
    expect(run.anomalies).toEqual(expected)
  })

  test('what a transaction writes itself is no anomaly, nor is what two transactions read', async () => {
    const run = await interleave(seat.db, async ({ a, b }) => {
      await a.begin()
      await twice(a, b, () => a.sql`UPDATE accounts SET balance = 60 WHERE id = 1`)
      await twice(b, a, () => a.sql`UPDATE accounts SET balance = 70 WHERE id = 1`)
    })
    expect(run.anomalies).toEqual([])
  })

  test('a deadlock', async () => {
    const run = await interleave(seat.db, async ({ a, b }) => {
      await a.begin()
      await b.begin()
      await a.sql`UPDATE accounts SET balance = 1 WHERE id = 1`
      await b.sql`UPDATE accounts SET balance = 2 WHERE id = 2`
      const first = a.sql`UPDATE accounts SET balance = 1 WHERE id = 2`
      await expectProbe(first).toBeBlockedBy(b)
      const second = b.sql`UPDATE accounts SET balance = 2 WHERE id = 1`
      const ended = await Promise.allSettled([first, second])
      expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    })
    expect(run.anomalies).toEqual(['deadlock'])
    expect(run.steps.filter(({ error }) => error?.code === '40P01')).toHaveLength(1)
  })

  test('a serialization failure', async () => {
    const run = await interleave(seat.db, async ({ a, b }) => {
      await a.begin('repeatable read')
      await a.sql`SELECT * FROM accounts`
      await b.sql`UPDATE accounts SET balance = 5 WHERE id = 1`
      const update = a.sql`UPDATE accounts SET balance = 6 WHERE id = 1`
      await expectProbe(update).toFailWith('serialization failure')
      await expectProbe(update).toFailWith('40001')
      expect(await a.commit()).toBe('rolled back')
    })
    expect(run.anomalies).toEqual(['serialization failure'])
    expect(await balances()).toEqual([5, 100])
  })

  // Fekete, O'Neil, O'Neil: A read-only transaction anomaly under snapshot isolation (2004).
  test.for(['repeatable read', 'serializable'] as const)('a report that fits no order, under %s', async (level) => {
    const run = await interleave(
      seat.db,
      async ({ withdrawal, deposit, report }) => {
        await withdrawal.begin(level)
        await withdrawal.sql`SELECT balance FROM accounts ORDER BY id`
        await deposit.begin(level)
        await deposit.sql`UPDATE accounts SET balance = balance + 20 WHERE id = 2`
        await deposit.commit()
        await report.begin(level, { readOnly: true })
        await report.sql`SELECT balance FROM accounts ORDER BY id`
        await report.commit()
        const overdrawn = withdrawal.sql`UPDATE accounts SET balance = -11 WHERE id = 1`
        if (level === 'serializable') await expectProbe(overdrawn).toFailWith('serialization failure')
        else await overdrawn
        await withdrawal.commit()
      },
      { sessions: ['withdrawal', 'deposit', 'report'] },
    )
    expect(run.anomalies).toEqual(level === 'serializable' ? ['serialization failure'] : [])
  })
})

test('a constraint that is violated only when another transaction has committed', async () => {
  const run = await interleave(seat.db, async ({ a, b }) => {
    await a.begin()
    await a.sql`INSERT INTO accounts VALUES (3, 'ada', 0)`
    const same = b.sql`INSERT INTO accounts VALUES (3, 'bob', 0)`
    await expectProbe(same).toBeBlockedBy(a)
    await a.commit()
    await expectProbe(same).toViolate('unique', { constraint: 'accounts_pkey' })
  })
  expect(run.steps[2]).toMatchObject({ waitedFor: ['a'], error: { code: '23505' } })
})

test('as the app, or as the owner', async () => {
  const who = async (as: 'app' | 'owner') => {
    const { steps } = await interleave(
      seat.db,
      ({ a }) => a.sql`SELECT current_user, current_setting('application_name')`,
      {
        as,
      },
    )
    return steps[0]?.rows[0]
  }
  expect(await who('app')).toEqual({ current_user: 'backlot_app', current_setting: 'db.interleave a' })
  expect(await who('owner')).toEqual({ current_user: 'backlot_owner', current_setting: 'db.interleave a' })
})

test('under settings, as policies ask for them', async () => {
  const { steps } = await interleave(
    seat.db,
    async ({ a, b }) => {
      await a.sql`SELECT current_setting('app.user_id') AS me`
      await b.sql`SELECT current_setting('app.user_id') AS me`
    },
    { claims: { 'app.user_id': 7 } },
  )
  expect(steps.map(({ rows }) => rows)).toEqual([[{ me: '7' }], [{ me: '7' }]])
})

describe('at the end', () => {
  test('what is open is rolled back', async () => {
    await interleave(seat.db, async ({ a }) => {
      await a.begin()
      await a.sql`UPDATE accounts SET balance = 0`
    })
    expect(await balances()).toEqual([100, 100])
  })

  test('what waits is cut off, and has no effect', async () => {
    const run = await interleave(seat.db, async ({ a, b }) => {
      await a.begin()
      await a.sql`SELECT FROM accounts FOR UPDATE`
      void b.sql`UPDATE accounts SET balance = 0`
    })
    expect(run.steps[2]).toMatchObject({ state: 'unfinished', waitedFor: ['a'] })
    expect(await balances()).toEqual([100, 100])
  })

  test('a script that fails leaves nothing behind either', async () => {
    const failing = interleave(seat.db, async ({ a, b }) => {
      await a.begin()
      await a.sql`LOCK TABLE accounts`
      void b.sql`UPDATE accounts SET balance = 0`
      throw new Error('the script fails')
    })
    await expect(failing).rejects.toThrow('the script fails')
    expect(await balances()).toEqual([100, 100])
  })

  test('a failure that nobody saw is thrown', async () => {
    await expect(interleave(seat.db, async ({ a }) => void a.sql`SELECT nothing`)).rejects.toMatchObject({
      code: '42703',
    })
  })
})

describe('messages', () => {
  const held = { timeout: 60 }

  test('who waits for whom, when a wait comes to no end', async () => {
    const failure = failureOf(
      interleave(
        seat.db,
        async ({ a, b }) => {
          await a.begin()
          await a.sql`UPDATE accounts SET balance = 0 WHERE id = 1`
          await b.sql`DELETE FROM accounts WHERE id = ${1}`
        },
        held,
      ),
    )
    expect(await failure).toMatchInlineSnapshot(`
      "b has waited for a for 60 ms [BACKLOT_TIMEOUT]
        → end the transaction that it waits for before you await it; expect(step).toBeBlockedBy(...) asserts that it waits
        b runs: DELETE FROM accounts WHERE id = $1
        it waits for a (idle in transaction: UPDATE accounts SET balance = 0 WHERE id = 1)"
    `)
  })

  test('a session of somebody else', async () => {
    await seat.app.query('BEGIN; LOCK TABLE accounts')
    const failure = failureOf(interleave(seat.db, async ({ a }) => await a.sql`SELECT * FROM accounts`, held))
    expect(stable(await failure)).toMatchInlineSnapshot(`
      "a has waited for somebody else for 60 ms [BACKLOT_TIMEOUT]
        → end the transaction that it waits for before you await it; expect(step).toBeBlockedBy(...) asserts that it waits
        a runs: SELECT * FROM accounts
        it waits for pid … (no application_name, idle in transaction: BEGIN; LOCK TABLE accounts)"
    `)
    await seat.app.query('ROLLBACK')
  })

  test('a statement that just takes long', async () => {
    const failure = (script: Parameters<typeof interleave<'a' | 'b'>>[1]) =>
      failureOf(interleave(seat.db, script, held))
    expect(await failure(({ a }) => a.sql`SELECT pg_sleep(5)`)).toMatchInlineSnapshot(`
      "a did not end its statement within 60 ms [BACKLOT_TIMEOUT]
        → give it longer with { timeout: ... }
        a runs: SELECT pg_sleep(5)"
    `)
    expect(
      await failure(async ({ a, b }) => {
        void a.sql`SELECT pg_sleep(5)`
        await b.sql`SELECT 1`
      }),
    ).toMatchInlineSnapshot(`
      "a neither ended nor waits for a lock after 60 ms [BACKLOT_TIMEOUT]
        → the next statement starts when this one has ended or waits: give it longer with { timeout: ... }
        a runs: SELECT pg_sleep(5)"
    `)
  })

  test('matchers that do not hold', async () => {
    await interleave(seat.db, async ({ a, b, c }) => {
      const failing = (assertion: Promise<void>) => failureOf(assertion)
      await a.begin()
      await a.sql`UPDATE accounts SET balance = 0 WHERE id = 1`
      const step = b.sql`UPDATE accounts SET balance = 1 WHERE id = 1`
      expect(await failing(expectProbe(step).not.toBeBlockedBy(a))).toMatchInlineSnapshot(`
        "Expected b not to wait for a
        but it waits
          b runs: UPDATE accounts SET balance = 1 WHERE id = 1
          it waits for a (idle in transaction: UPDATE accounts SET balance = 0 WHERE id = 1)

        So far:
          1 a  BEGIN
          2 a  UPDATE accounts SET balance = 0 WHERE id = 1: 1 row
          3 b  UPDATE accounts SET balance = 1 WHERE id = 1 (waited for a): not ended"
      `)
      expect(await failing(expectProbe(step).toBeBlockedBy(c, held))).toMatchInlineSnapshot(`
        "Expected b to wait for c
        but it waited for others for 60 ms
          b runs: UPDATE accounts SET balance = 1 WHERE id = 1
          it waits for a (idle in transaction: UPDATE accounts SET balance = 0 WHERE id = 1)

        So far:
          1 a  BEGIN
          2 a  UPDATE accounts SET balance = 0 WHERE id = 1: 1 row
          3 b  UPDATE accounts SET balance = 1 WHERE id = 1 (waited for a): not ended"
      `)
      await expectProbe(step).not.toBeBlockedBy(c)
      expect(await failing(expectProbe(step).toFailWith('deadlock', held))).toMatchInlineSnapshot(`
        "Expected b to fail with 40P01 (deadlock)
        but it has not ended after 60 ms
          b runs: UPDATE accounts SET balance = 1 WHERE id = 1
          it waits for a (idle in transaction: UPDATE accounts SET balance = 0 WHERE id = 1)

        So far:
          1 a  BEGIN
          2 a  UPDATE accounts SET balance = 0 WHERE id = 1: 1 row
          3 b  UPDATE accounts SET balance = 1 WHERE id = 1 (waited for a): not ended"
      `)
      await a.commit()
      await step
      await expectProbe(step).not.toBeBlocked()
      expect(await failing(expectProbe(step).toBeBlockedBy(a))).toMatchInlineSnapshot(`
        "Expected b to wait for a
        but it ended without that
          b runs: UPDATE accounts SET balance = 1 WHERE id = 1

        So far:
          1 a  BEGIN
          2 a  UPDATE accounts SET balance = 0 WHERE id = 1: 1 row
          3 b  UPDATE accounts SET balance = 1 WHERE id = 1 (waited for a): 1 row
          4 a  COMMIT"
      `)
      expect(await failing(expectProbe(step).toFailWith('deadlock'))).toMatchInlineSnapshot(`
        "Expected b to fail with 40P01 (deadlock)
        but it succeeded
          b runs: UPDATE accounts SET balance = 1 WHERE id = 1

        So far:
          1 a  BEGIN
          2 a  UPDATE accounts SET balance = 0 WHERE id = 1: 1 row
          3 b  UPDATE accounts SET balance = 1 WHERE id = 1 (waited for a): 1 row
          4 a  COMMIT"
      `)
      const other = b.sql`SELECT nothing`
      expect(
        (await failing(expectProbe(other).toFailWith('deadlock'))).replaceAll(/\n +at .*/g, ''),
      ).toMatchInlineSnapshot(`
        "Expected b to fail with 40P01 (deadlock)
        but it failed otherwise:
          b runs: SELECT nothing

          error: column "nothing" does not exist
          length: 106
          severity: 'ERROR'
          code: '42703'
          position: '8'
          file: 'parse_relation.c'
          line: '3827'
          routine: 'errorMissingColumn'

        So far:
          1 a  BEGIN
          2 a  UPDATE accounts SET balance = 0 WHERE id = 1: 1 row
          3 b  UPDATE accounts SET balance = 1 WHERE id = 1 (waited for a): 1 row
          4 a  COMMIT
          5 b  SELECT nothing: ✗ 42703: column "nothing" does not exist"
      `)
      expect(await failing(expectProbe(other).not.toFailWith('42703'))).toMatchInlineSnapshot(`
        "Expected b not to fail with 42703
        but it did
          b runs: SELECT nothing

        So far:
          1 a  BEGIN
          2 a  UPDATE accounts SET balance = 0 WHERE id = 1: 1 row
          3 b  UPDATE accounts SET balance = 1 WHERE id = 1 (waited for a): 1 row
          4 a  COMMIT
          5 b  SELECT nothing: ✗ 42703: column "nothing" does not exist"
      `)
    })
  })

  test('what makes no sense is refused', async () => {
    await interleave(seat.db, async ({ a }) => {
      const step = a.sql`SELECT 1`
      const { toBeBlockedBy, toFailWith } = expectProbe(step)
      expect(await failureOf(Reflect.apply(toBeBlockedBy, undefined, ['a']))).toMatchInlineSnapshot(`
        "toBeBlockedBy takes a session of the run, not 'a' [BACKLOT_USAGE]
          → for example: interleave(db, async ({ a, b }) => { ... await expect(step).toBeBlockedBy(a) })"
      `)
      expect(await failureOf(toFailWith('dead lock'))).toMatchInlineSnapshot(`
        "toFailWith knows no failure 'dead lock' [BACKLOT_USAGE]
          → did you mean 'deadlock'?"
      `)
      expect(await failureOf(toFailWith('misfortune'))).toMatchInlineSnapshot(`
        "toFailWith knows no failure 'misfortune' [BACKLOT_USAGE]
          → write an SQLSTATE ('23505'), or: deadlock, serialization failure, lock not available, query canceled, read only transaction, in failed transaction"
      `)
    })
    expect(await failureOf(interleave({}, async () => {}))).toMatchInlineSnapshot(`
      "interleave needs a Postgres service of the config [BACKLOT_USAGE]
        → hand it the fixture: test('...', async ({ db }) => { interleave(db) })"
    `)
    expect(await failureOf(interleave(seat.db, async () => {}, { sessions: ['a', 'a'] }))).toMatchInlineSnapshot(`
      "the sessions of interleave need names that differ [BACKLOT_USAGE]
        → for example { sessions: ['reader', 'writer'] }"
    `)
  })
})
