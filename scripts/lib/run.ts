import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { root } from './root.ts'

export interface RunOptions {
  /** Default: the project root. */
  readonly cwd?: string
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>
}

export interface RunResult {
  /** 0 for success; 1 when a signal ended it or it could not be started. */
  readonly code: number
  /** Standard output and error in the order in which they came; empty with {@link runHere}. */
  readonly output: string
}

const bin = join(root, 'node_modules', '.bin')

function start(command: string, args: readonly string[], options: RunOptions, stdio: 'inherit' | 'pipe') {
  return spawn(command, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`, ...options.env },
    stdio: stdio === 'pipe' ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  })
}

function ended(child: ReturnType<typeof start>, output: string[]): Promise<RunResult> {
  const { promise, resolve } = Promise.withResolvers<RunResult>()
  child.once('error', (error) => resolve({ code: 1, output: error.message }))
  child.once('close', (code) => resolve({ code: code ?? 1, output: output.join('') }))
  return promise
}

/** Runs a command of `node_modules/.bin` or of PATH and takes what it prints. */
export function runQuietly(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = start(command, args, options, 'pipe')
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => output.push(text))
  }
  return ended(child, output)
}

/** Runs a command on this terminal. */
export function runHere(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return ended(start(command, args, options, 'inherit'), [])
}
