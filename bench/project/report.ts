import { writeFileSync } from 'node:fs'

/** Hands a measurement to the bench, which names a file for it. */
export function report(value: unknown): void {
  const path = process.env.BENCH_REPORT
  if (path === undefined) throw new Error('set BENCH_REPORT to the file that takes the measurement')
  writeFileSync(path, JSON.stringify(value))
}

/** Now, in milliseconds that other processes of this machine share. */
export const now = (): number => performance.timeOrigin + performance.now()
