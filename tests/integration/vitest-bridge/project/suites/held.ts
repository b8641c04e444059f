import { backlotTest } from '../../../../../src/vitest/index.ts'
import backlot from '../backlot.config.ts'

const { test } = backlotTest(backlot)

test('writes, says so, and is held until it is let go', async ({ db }) => {
  const letGo = new Promise((resolve) => process.once('SIGUSR2', resolve))
  await db.sql`insert into notes (text) values ('of a run that is killed')`
  process.stderr.write(`worker ${process.pid} has written\n`)
  await letGo
})
