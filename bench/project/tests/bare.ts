import { test } from 'vitest'
import { now, report } from '../report.ts'

test('the first body', () => {
  report(now())
})
