import { spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { copy } from './copy.ts'

/** What a run of one test file showed. */
export interface SuiteRun {
  /** Titles of the tests that passed, and of those that failed. */
  readonly passed: readonly string[]
  readonly failed: readonly string[]
  /** What was printed, for a run that did not get to its tests. */
  readonly output: string
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[]
  }[]
}

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
/** A mutant can hang; a whole run of one file takes seconds, and a test at most two. */
const [deadlineMs, testTimeoutMs] = [90_000, 4_000]

async function spawnVitest(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [vitest, 'run', ...args], {
    cwd: copy,
    env: { ...process.env, NO_COLOR: '1', CI: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: deadlineMs,
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => resolve())
  })
  return Buffer.concat(chunks).toString('utf8')
}

/** Runs one test file of the copy as it is now. */
export async function runSuite(suite: string): Promise<SuiteRun> {
  const file = join(copy, 'report.json')
  await rm(file, { force: true })
  const output = await spawnVitest([
    `tests/integration/${suite}.test.ts`,
    '--reporter=json',
    `--outputFile=${file}`,
    // Where a mutant makes tests wait for good, each of them shall say so within the deadline of the run.
    `--testTimeout=${testTimeoutMs}`,
  ])
  const text = await readFile(file, 'utf8').catch(() => '{"testResults":[]}')
  const report: Report = JSON.parse(text)
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults)
  const titled = (status: string): string[] =>
    results.filter((result) => result.status === status).map(({ title }) => title)
  return { passed: titled('passed'), failed: titled('failed'), output }
}
