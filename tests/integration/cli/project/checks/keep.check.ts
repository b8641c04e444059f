import { expect, test } from 'vitest'

test('says what it was started with', () => {
  process.stdout.write(`KEEP=${process.env.BACKLOT_KEEP ?? 'unset'} NODE=${process.version}\n`)
  expect(1).toBe(1)
})
