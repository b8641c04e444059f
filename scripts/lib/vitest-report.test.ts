import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith } from './fixture.ts'
import { root } from './root.ts'
import { countTests } from './vitest-report.ts'

const file = (status: string, ...tests: readonly string[]) => ({
  name: join(root, 'a.test.ts'),
  status,
  assertionResults: tests.map((state, index) => ({ status: state, fullName: `${state} ${index}` })),
})

function count(code: number, ...testResults: readonly ReturnType<typeof file>[]) {
  const all = testResults.flatMap(({ assertionResults }) => assertionResults)
  const number = (status: string): number => all.filter((one) => one.status === status).length
  const json = { numPassedTests: number('passed'), numFailedTests: number('failed'), testResults }
  return countTests(join(folderWith({ 'r.json': JSON.stringify(json) }), 'r.json'), code)
}

test('passed, failed and skipped are counted', () => {
  expect(count(1, file('failed', 'passed', 'failed', 'skipped'), file('passed', 'passed', 'todo'))).toEqual({
    passed: 2,
    failed: 1,
    skipped: [
      { file: 'a.test.ts', name: 'skipped 2' },
      { file: 'a.test.ts', name: 'todo 1' },
    ],
  })
})

test('a file that does not load is one failure', () => {
  expect(count(1, file('failed'), file('passed', 'passed'))).toEqual({ passed: 1, failed: 1, skipped: [] })
})

test('a run that ended badly for another reason is one failure', () => {
  expect(count(1, file('passed', 'passed'))).toEqual({ passed: 1, failed: 1, skipped: [] })
})

test.for([
  [1, 1],
  [0, 0],
] as const)('with no report, a run that ended with %i has %i failures', ([code, failed]) => {
  expect(countTests(join(folderWith({}), 'none.json'), code)).toEqual({ passed: 0, failed, skipped: [] })
})
