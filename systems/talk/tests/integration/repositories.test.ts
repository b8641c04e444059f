import { backlotTest } from 'backlot/vitest'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'
import { createPostgresPersistence } from '../../src/persistence/postgres.ts'
import { definePersistenceContract } from '../contract/repositories.ts'

const { test } = backlotTest(backlot)

describe('persistence in Postgres', () => {
  definePersistenceContract((title, body) => {
    test(title, async ({ db }) => {
      const persistence = createPostgresPersistence({ url: db.url, connections: 2 })
      try {
        await body(persistence)
      } finally {
        await persistence.close()
      }
    })
  })
})
