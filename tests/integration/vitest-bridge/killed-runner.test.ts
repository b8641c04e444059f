import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { eventually } from '../engine/eventually.ts'
import { isAlive } from '../engine/left-behind.ts'
import { runFixture } from './run-fixture.ts'

const root = fileURLToPath(new URL('./fixture', import.meta.url))
const vitest = fileURLToPath(new URL('./vitest.mjs', import.meta.resolve('vitest/package.json')))

/** Starts the endless test; resolves when it has written, with the runner and the pid of its worker. */
async function endlessRun(args: readonly string[]): Promise<{ runner: ReturnType<typeof spawn>; worker: number }> {
  const runner = spawn(process.execPath, [vitest, 'run', 'endless.ts', '--root', root, '--no-color', ...args], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const worker = await new Promise<number>((resolve) => {
    if (runner.stderr === null) return
    createInterface({ input: runner.stderr }).on('line', (line) => {
      const pid = /worker (\d+) has written/.exec(line)?.[1]
      if (pid !== undefined) resolve(Number(pid))
    })
  })
  return { runner, worker }
}

test.for([
  ['forks', []],
  ['threads', ['--pool=threads']],
] as const)(
  'a runner with %s that is killed leaves no worker, and the next run is clean',
  { timeout: 120_000 },
  async ([, args]) => {
    const { runner, worker } = await endlessRun(args)
    runner.kill('SIGKILL')
    await eventually('the worker has ended', 5000, async () => !isAlive(worker))
    const next = await runFixture(['next-file.ts'])
    expect(next.states, next.output).toEqual({ 'next-file.ts: finds nothing of other files': 'passed' })
  },
)
