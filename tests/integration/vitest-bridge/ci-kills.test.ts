import { afterEach, expect, test, vi } from 'vitest'
import { connectIfRunning, connectSupervisor } from '../../../src/engine/client/connect.ts'
import { expectNothingLeft, takeStock } from '../engine/left-behind.ts'
import { ciEnvironment, ciProject, ciRun } from './ci-run.ts'

const client = { root: ciProject, env: ciEnvironment, purpose: 'cli', progress: () => {} } as const

/** One test after the other has the project to itself, also after one that failed. */
afterEach(async () => {
  const connection = await connectIfRunning(client)
  await connection?.supervisor.stop().catch(() => {})
  await connection?.closed
})

async function expectCleanRun(): Promise<void> {
  const { code, output } = await ciRun('next.ts').ended
  expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('1 passed') })
}

test('a run in CI takes everything with it', { timeout: 60_000 }, async () => {
  const run = ciRun('held.ts')
  const worker = await run.written
  const stock = await takeStock(ciProject)
  process.kill(worker, 'SIGUSR2')
  const { code, output } = await run.ended
  expect(code, output).toBe(0)
  // At once, and not when it has been idle for a while.
  await vi.waitFor(
    async () => {
      const connection = await connectIfRunning(client)
      connection?.close()
      expect(connection).toBeUndefined()
    },
    { timeout: 2000, interval: 20 },
  )
  await expectNothingLeft(stock)
})

test.for([
  ['forks', []],
  ['threads', ['--pool=threads']],
] as const)('a run in CI with %s whose runner is killed leaves nothing', { timeout: 60_000 }, async ([, args]) => {
  const run = ciRun('held.ts', args)
  await run.written
  const stock = await takeStock(ciProject)
  run.runner.kill('SIGKILL')
  await expectNothingLeft(stock)
  await expectCleanRun()
})

test('a run whose worker is killed says so, and its lease is not handed on as it was', {
  timeout: 60_000,
}, async () => {
  const holding = await connectSupervisor(client)
  const run = ciRun('held.ts')
  const worker = await run.written
  const stock = await takeStock(ciProject)
  process.kill(worker, 'SIGKILL')
  const { code, output } = await run.ended
  expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('Worker exited unexpectedly') })
  // On the same supervisor, which would hand the lease on.
  await expectCleanRun()
  expect((await holding.supervisor.status()).pid).toBe(stock.supervisor)
  holding.close()
  await expectNothingLeft(stock)
})

test('a run whose supervisor is killed says so and ends', { timeout: 60_000 }, async () => {
  const run = ciRun('held.ts')
  const worker = await run.written
  const stock = await takeStock(ciProject)
  process.kill(stock.supervisor, 'SIGKILL')
  await expectNothingLeft(stock)
  process.kill(worker, 'SIGUSR2')
  const { code, output } = await run.ended
  expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('BACKLOT_SUPERVISOR_UNREACHABLE') })
  await expectCleanRun()
})
