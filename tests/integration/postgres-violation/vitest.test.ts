import { test, expect as vitestExpect } from 'vitest'
import { postgres } from '../../../src/postgres/index.ts'
import { createExpect } from '../../../src/vitest/expect.ts'

const expect = createExpect({ db: postgres() })

test('values have the matchers of the services, probes their own', async () => {
  const duplicate = Object.assign(new Error('duplicate key'), { code: '23505', constraint: 'users_email_key' })
  const query = () => Promise.reject(duplicate)
  await expect(query).toViolate('unique', { constraint: 'users_email_key' })
  await expect(query()).toViolate('unique')
  await expect(Promise.resolve()).not.toViolate('unique')
  await vitestExpect(() => expect(query()).toViolate('check')).rejects.toThrow('it violated the unique constraint')
  await vitestExpect(() => expect(query()).not.toViolate('unique')).rejects.toThrow('Expected no violation')
  expect(5).toBe(5)
})
