import { backlotTest } from 'backlot/vitest'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'
import { definePersistenceContract } from '../contract/repositories.ts'
import { keptPersistence } from '../harness/kept-persistence.ts'

const { test } = backlotTest(backlot)

describe('persistence in Postgres', () => {
  definePersistenceContract((title, body) => {
    test(title, ({ db }) => body(keptPersistence(db.url)))
  })
})
