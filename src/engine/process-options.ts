import type { LotOptions } from './lot-types.ts'
import { lineProgress } from './progress.ts'

/** The environment and the console of this process: the one place from which they are passed down. */
export function processOptions(): Pick<LotOptions, 'env' | 'progress' | 'notice'> {
  return { env: process.env, progress: lineProgress(warn), notice: warn }
}

/** Prints a line for the person who runs the tests; Vitest shows it with the test that it belongs to. */
export function warn(line: string): void {
  console.warn(`backlot: ${line}`)
}

/** Prints a line of a report to standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Milliseconds since 1970, by the clock that tests may have set. */
export function clock(): number {
  return Date.now()
}
