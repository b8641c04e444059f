import { forgetReport, readReport } from './lib/report.ts'
import { runHere } from './lib/run.ts'

/** Runs an npm script and reads what it counted; a script that ended badly without a count is one failure. */
async function stage(script: 'check' | 'test'): Promise<{ passed: number; failed: number }> {
  forgetReport(script)
  const { code } = await runHere('npm', ['run', '--silent', script])
  const { passed, failed } = readReport(script) ?? { passed: 0, failed: 0 }
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed }
}

const check = await stage('check')
const test = await stage('test')
const failed = check.failed + test.failed
console.log(`\n${check.passed + test.passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
