import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
/** A project with three small services. */
export const project: string = fileURLToPath(new URL('./project', import.meta.url))

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** The environment without what a test runner around this one has set. */
function environment(more: RunOptions['env']): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_OPTIONS|NO_COLOR|FORCE_COLOR|CI$|BACKLOT_(?!CACHE_DIR)|TEST$|NODE_ENV$)/.test(name),
  )
  // Should a test fail to stop it, the supervisor goes by itself soon.
  return { ...Object.fromEntries(kept), BACKLOT_IDLE_SECONDS: '30', ...more }
}

/** Starts the real command line. */
export function start(args: readonly string[], options: RunOptions = {}): { child: ChildProcess; ended: Promise<Ran> } {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: options.cwd ?? project,
    env: environment(options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (part: string) => {
      text[name] += part
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...text }))
  return { child, ended }
}

/** Runs the real command line to its end. */
export function backlot(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return start(args, options).ended
}

/** Resolves when a running command has printed something. */
export function printed(child: ChildProcess, stream: 'stdout' | 'stderr', what: RegExp): Promise<void> {
  let text = ''
  return new Promise((resolve, reject) => {
    child[stream]?.on('data', (part: string) => {
      text += part
      if (what.test(text)) resolve()
    })
    child.once('close', () => reject(new Error(`ended without printing ${what}: ${text}`)))
  })
}
