import { expect, test } from 'vitest'
import { BacklotError } from '../../errors/index.ts'
import { failureLines, outcomeOf } from './findings.ts'

test('a migration that failed is a finding; anything else is thrown on', () => {
  const failed = new BacklotError('BACKLOT_MIGRATION_FAILED', '1.sql:1: no', { hint: 'mend 1.sql:1' })
  expect(failureLines(failed)).toEqual(['1.sql:1: no [BACKLOT_MIGRATION_FAILED]', '  → mend 1.sql:1'])
  const died = new BacklotError('BACKLOT_SERVER_DIED', 'gone', { hint: 'look at its log' })
  expect(() => failureLines(died)).toThrow(died)
})

test('long findings are cut', () => {
  const lines = Array.from({ length: 25 }, (_, index) => `line ${index}`)
  const wording = { what: 'the migrations', wanted: 'to be repeatable', wrong: 'these are not:', held: 'all are' }
  const message = outcomeOf(false, wording, [{ step: '001', lines }]).message()
  expect(message).toMatch(/ {4}line 19\n {4}… and 5 more$/)
})
