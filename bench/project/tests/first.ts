import { backlotTest } from 'backlot/vitest'
import backlot from '../backlot.config.ts'
import { now, report } from '../report.ts'

const { test } = backlotTest(backlot)

test('the first body', ({ db }) => {
  report([now(), db.url.length])
})
