import { expect, test } from 'vitest'
import { tellApart } from './tell-apart.ts'

test('a variable of one service keeps its name', () => {
  const one = { service: 'db', environment: { DATABASE_URL: 'a' } }
  expect(tellApart([one])).toEqual([one])
  const other = { service: 'cache', environment: { REDIS_URL: 'b' } }
  expect(tellApart([one, other])).toEqual([one, other])
})

test('a variable of several services is led by each one’s name', () => {
  expect(
    tellApart([
      { service: 'db', environment: { DATABASE_URL: 'a' } },
      { service: 'read$Model', environment: { DATABASE_URL: 'b', OWN: 'c' } },
    ]),
  ).toEqual([
    { service: 'db', environment: { DB_DATABASE_URL: 'a' } },
    { service: 'read$Model', environment: { READ_MODEL_DATABASE_URL: 'b', OWN: 'c' } },
  ])
})
