import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { judgeSkipped, type Skipped } from './lib/left-out.ts'
import { lackingHere } from './lib/optional-parts.ts'
import { reportsFolder, writeReport } from './lib/report.ts'
import { root } from './lib/root.ts'
import { runHere } from './lib/run.ts'
import { countTests, type VitestReport } from './lib/vitest-report.ts'

/** Folders with a suite of their own: the package itself, then every system. */
const suites = [
  '.',
  ...readdirSync(join(root, 'systems'))
    .map((name) => join('systems', name))
    .filter((folder) => existsSync(join(root, folder, 'vitest.config.ts'))),
]

/** Runs one suite with the caller's arguments for Vitest. */
async function runSuite(folder: string, args: readonly string[]): Promise<VitestReport> {
  const report = join(reportsFolder, `${folder === '.' ? 'package' : folder.replaceAll('/', '-')}.vitest.json`)
  rmSync(report, { force: true })
  console.log(`\n── ${folder === '.' ? 'backlot' : folder} ──`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const { code } = await runHere('vitest', ['run', ...reporters, ...args], { cwd: join(root, folder) })
  return countTests(report, code)
}

/** Prints lines below a heading, if there are any. */
function list(heading: string, lines: readonly string[]): void {
  if (lines.length > 0) console.log(`\n${heading}:\n${lines.map((line) => `  ${line}`).join('\n')}`)
}

const given = process.argv.slice(2)
// A filter for one suite matches nothing in the others.
const args = given.length === 0 ? [] : [...given, '--passWithNoTests']
mkdirSync(reportsFolder, { recursive: true })

let passed = 0
let failed = 0
const skipped: Skipped[] = []
for (const folder of suites) {
  const report = await runSuite(folder, args)
  passed += report.passed
  failed += report.failed
  skipped.push(...report.skipped)
}

const nothingRan = passed + failed === 0
if (nothingRan) console.log('\nNo test matched.')

// Filters skip what they do not name.
const judged = judgeSkipped(given.length === 0 ? skipped : [], {
  root: process.getuid?.() === 0,
  platform: process.platform,
})
const inCi = !['', 'false', undefined].includes(process.env.CI)
list('Not for this machine or account', judged.excused)
if (inCi) {
  failed += judged.unexcused.length
  list('Failed: skipped, and CI leaves out only what scripts/lib/left-out.ts names', judged.unexcused)
} else list('Skipped', judged.unexcused)
const lacking = await lackingHere()
if (lacking !== undefined) console.log(`\n${lacking}`)
const left = judged.excused.length + (inCi ? 0 : judged.unexcused.length)
console.log(`\nTests: ${passed} passed, ${failed} failed${left > 0 ? ` (${left} skipped)` : ''}`)
writeReport('test', { passed, failed })
process.exitCode = failed > 0 || nothingRan ? 1 : 0
