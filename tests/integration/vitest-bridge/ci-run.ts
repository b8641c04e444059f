import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The project that {@link ciRun} runs. */
export const ciProject: string = fileURLToPath(new URL('./project', import.meta.url))

const vitest = fileURLToPath(new URL('./vitest.mjs', import.meta.resolve('vitest/package.json')))

/** The environment of a CI machine, without what a test runner around this one has set. */
export const ciEnvironment: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(VITEST|NODE_OPTIONS$|TEST$|NODE_ENV$|BACKLOT_(?!CACHE_DIR))/.test(name),
    ),
  ),
  CI: 'true',
}

export interface CiRun {
  readonly runner: ChildProcess
  /** Pid of the worker, once the test in `held.ts` has written; rejects when the run ends before. */
  readonly written: Promise<number>
  /** What the run ended with, and all that it printed. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>
}

/** Starts Vitest on a file of the project, with `CI=true`. */
export function ciRun(file: 'held.ts' | 'next.ts', args: readonly string[] = []): CiRun {
  const runner = spawn(process.execPath, [vitest, 'run', file, '--root', ciProject, '--no-color', ...args], {
    cwd: ciProject,
    env: ciEnvironment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const written = Promise.withResolvers<number>()
  written.promise.catch(() => {})
  for (const stream of [runner.stdout, runner.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      const pid = /worker (\d+) has written/.exec(line)?.[1]
      if (pid !== undefined) written.resolve(Number(pid))
    })
  }
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    runner.once('close', (code) => {
      const output = lines.join('\n')
      written.reject(new Error(`the run ended early:\n${output}`))
      resolve({ code, output })
    })
  })
  return { runner, written: written.promise, ended }
}
