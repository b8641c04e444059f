import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('./fixture', import.meta.url))
const vitest = fileURLToPath(import.meta.resolve('vitest/package.json').replace('package.json', 'vitest.mjs'))

export interface FixtureRun {
  /** File and full test name to its state: `clone.ts: one`. */
  readonly states: Readonly<Record<string, string>>
  readonly messages: Readonly<Record<string, string>>
  readonly output: string
  readonly code: number | null
}

interface JsonReport {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

/** Runs files of the fixture project by Vitest in a process of its own. */
export async function runFixture(files: readonly string[], args: readonly string[] = []): Promise<FixtureRun> {
  const folder = await mkdtemp(join(tmpdir(), 'backlot-report-'))
  const file = join(folder, 'report.json')
  const child = spawn(
    process.execPath,
    [vitest, 'run', ...files, '--root', root, '--reporter=json', `--outputFile=${file}`, '--no-color', ...args],
    { cwd: root, env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  let report: JsonReport
  try {
    report = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new Error(`Vitest wrote no report:\n${stderr}`, { cause })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const results = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((result) => ({ ...result, fullName: `${basename(name)}: ${result.fullName}` })),
  )
  return {
    states: Object.fromEntries(results.map(({ fullName, status }) => [fullName, status])),
    messages: Object.fromEntries(
      results.map(({ fullName, failureMessages }) => [fullName, (failureMessages ?? []).join('\n')]),
    ),
    output: `${report.testResults.map(({ message }) => message).join('\n')}\n${stderr}`,
    code,
  }
}
