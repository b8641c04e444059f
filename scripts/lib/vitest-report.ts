import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Skipped } from './left-out.ts'
import type { Report } from './report.ts'
import { root } from './root.ts'

/** What Vitest's `json` reporter writes, as far as it is read here. */
interface VitestJson {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

/** The counts of one run of Vitest. */
export interface VitestReport extends Report {
  /** Tests that were skipped or are only planned. */
  readonly skipped: readonly Skipped[]
}

/**
 * Counts what a run of Vitest did. A file that fails as a whole (it does not load, a hook fails) counts as one failure,
 * and so does a run that ended badly without naming any: an unhandled rejection, a crash, a report that was not written.
 *
 * @param path absolute path of the report
 * @param code what Vitest ended with
 */
export function countTests(path: string, code: number): VitestReport {
  let json: VitestJson
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return { passed: 0, failed: code === 0 ? 0 : 1, skipped: [] }
  }
  const brokenFiles = json.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  const failed = json.numFailedTests + brokenFiles.length
  const skipped = json.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      .map(({ fullName }) => ({ file: relative(root, name), name: fullName })),
  )
  return { passed: json.numPassedTests, failed: code !== 0 && failed === 0 ? 1 : failed, skipped }
}
