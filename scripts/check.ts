import { allChecks } from './checks/all.ts'
import { writeReport } from './lib/report.ts'

/** Runs every static check, also after one has failed, and says at the end which ones did. */
const failed: string[] = []
for (const { name, run } of allChecks()) {
  const began = performance.now()
  const problems = await run()
  const seconds = `${((performance.now() - began) / 1000).toFixed(1)} s`.padStart(7)
  console.log(`${problems.length === 0 ? '✓' : '✗'} ${seconds}  ${name}`)
  for (const problem of problems) console.log(problem.replace(/^/gm, '            '))
  if (problems.length > 0) failed.push(name)
}

const passed = allChecks().length - failed.length
writeReport('check', { passed, failed: failed.length })
console.log(failed.length === 0 ? `\nAll ${passed} checks passed` : `\nFailed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
