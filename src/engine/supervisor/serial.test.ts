import { expect, test } from 'vitest'
import { serial } from './serial.ts'

test('tasks run one after the other in the order in which they came', async () => {
  const run = serial()
  const log: string[] = []
  const first = Promise.withResolvers<void>()
  const a = run(async () => {
    log.push('a begins')
    await first.promise
    log.push('a ends')
  })
  const b = run(async () => {
    log.push('b')
  })
  first.resolve()
  await Promise.all([a, b])
  expect(log).toEqual(['a begins', 'a ends', 'b'])
})

test('a task that fails does not stop the next', async () => {
  const run = serial()
  await expect(run(async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await expect(run(async () => 'yes')).resolves.toBe('yes')
})
