import { describe, test } from 'vitest'
import { definePersistenceContract } from '../contract/repositories.ts'
import { createMemoryPersistence } from '../harness/memory/persistence.ts'

describe('persistence in memory', () => {
  definePersistenceContract((title, body) => {
    test(title, () => body(createMemoryPersistence()))
  })
})
