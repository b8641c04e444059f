import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { type Lab, openLab, openSeat, type Seat } from '../postgres-probes/lab.ts'

let lab: Lab
let seat: Seat
beforeAll(async () => {
  lab = await openLab()
  await lab.admin('GRANT pg_read_all_stats TO backlot_app')
  seat = await openSeat(
    lab,
    `CREATE TABLE events (day date, what text) PARTITION BY RANGE (day);
     CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (what);
     CREATE TABLE events_2026_rest PARTITION OF events_2026 DEFAULT`,
  )
})
afterAll(async () => {
  await seat?.close()
  await lab?.stop()
})

/** Resolves when the matcher looks no more: its own looks come at most half a second after one another. */
async function looksNoMore(): Promise<void> {
  const still = `SELECT bool_and(state_change < clock_timestamp() - interval '700 ms') AS still FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'backlot:%' AND query LIKE '%events%' AND pid <> pg_backend_pid()`
  while ((await seat.app.query(still)).rows[0].still !== true) await pause(20)
}

test.each(['INSERT INTO events', 'INSERT INTO events_2026_rest'])(
  'a commit in a leaf wakes at once who waits on the root: %s',
  async (insert) => {
    await seat.push()
    const begun = seat.waitingBegun()
    let resolved = 0
    const asserted = expectProbe(seat.db.table('events'))
      .toHaveRow({ what: 'x' }, { timeout: 8000 })
      .then(() => {
        resolved = performance.now()
      })
    await begun
    await looksNoMore()
    const committed = performance.now()
    await seat.app.query(`${insert} VALUES ('2026-05-05', 'x')`)
    await asserted
    // Whoever is not woken looks once more when its time is up.
    expect(resolved - committed).toBeLessThan(2000)
    await seat.pop()
  },
)
