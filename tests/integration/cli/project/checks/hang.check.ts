import { test } from 'vitest'

test('waits for a signal', { timeout: 60_000 }, async () => {
  process.stdout.write('HANGING\n')
  await new Promise(() => {})
})
