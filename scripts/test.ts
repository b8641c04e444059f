import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
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

const given = process.argv.slice(2)
// A filter for one suite matches nothing in the others.
const args = given.length === 0 ? [] : [...given, '--passWithNoTests']
mkdirSync(reportsFolder, { recursive: true })

let passed = 0
let failed = 0
const skipped: string[] = []
for (const folder of suites) {
  const report = await runSuite(folder, args)
  passed += report.passed
  failed += report.failed
  skipped.push(...report.skipped)
}

const nothingRan = passed + failed === 0
if (nothingRan) console.log('\nNo test matched.')
if (given.length === 0 && skipped.length > 0) {
  console.log(
    `\nNot for this machine or account, as their files say:\n${skipped.map((name) => `  ${name}`).join('\n')}`,
  )
}
const lacking = await lackingHere()
if (lacking !== undefined) console.log(`\n${lacking}`)
const left = given.length === 0 && skipped.length > 0 ? ` (${skipped.length} skipped)` : ''
console.log(`\nTests: ${passed} passed, ${failed} failed${left}`)
writeReport('test', { passed, failed })
process.exitCode = failed > 0 || nothingRan ? 1 : 0
