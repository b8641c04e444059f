import { expect, test } from 'vitest'
import { urlNames, urlVariable } from './options.ts'

test('a migration command gets the database by every name that was given', () => {
  expect(urlNames({}, 'db')).toEqual(['BACKLOT_DB_URL'])
  expect(urlNames({ urlEnv: ['TEST_URL'], exportAs: 'APP_URL' }, 'db')).toEqual([
    'BACKLOT_DB_URL',
    'TEST_URL',
    'APP_URL',
  ])
})

test('the variable of a service is one that a shell can set', () => {
  expect(urlVariable('read$Model')).toBe('BACKLOT_READ_MODEL_URL')
})
