import { forgetReport, readReport } from './lib/report.ts'
import { runHere } from './lib/run.ts'

interface Count {
  readonly passed: number
  readonly failed: number
}

/** Runs an npm script and reads what it counted; a script that ended badly without a count is one failure. */
async function stage(script: 'check' | 'test'): Promise<Count> {
  forgetReport(script)
  const { code } = await runHere('npm', ['run', '--silent', script])
  const { passed, failed } = readReport(script) ?? { passed: 0, failed: 0 }
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed }
}

/** Systems that break themselves on purpose: all of it counts as one. */
async function mutationTests(): Promise<Count> {
  const { code } = await runHere('npm', ['run', '--silent', 'mutate', '--workspaces', '--if-present'])
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

const counts = [await stage('check'), await stage('test'), await mutationTests()]
const sum = (of: keyof Count): number => counts.reduce((total, count) => total + count[of], 0)
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') === 0 ? 0 : 1
