import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('./fixture', import.meta.url))
const vitest = fileURLToPath(import.meta.resolve('vitest/package.json').replace('package.json', 'vitest.mjs'))

export interface FixtureRun {
  /** Full test name to its state. */
  readonly states: Readonly<Record<string, string>>
  readonly messages: Readonly<Record<string, string>>
  readonly output: string
  readonly code: number | null
}

interface JsonReport {
  readonly testResults: readonly {
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
  const child = spawn(
    process.execPath,
    [vitest, 'run', ...files, '--root', root, '--reporter=json', '--no-color', ...args],
    { cwd: root, env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const json = stdout.slice(stdout.indexOf('{"'))
  let report: JsonReport
  try {
    report = JSON.parse(json)
  } catch (cause) {
    throw new Error(`no JSON report:\n${stdout}\n${stderr}`, { cause })
  }
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults)
  return {
    states: Object.fromEntries(results.map(({ fullName, status }) => [fullName, status])),
    messages: Object.fromEntries(
      results.map(({ fullName, failureMessages }) => [fullName, (failureMessages ?? []).join('\n')]),
    ),
    output: `${report.testResults.map(({ message }) => message).join('\n')}\n${stderr}`,
    code,
  }
}
