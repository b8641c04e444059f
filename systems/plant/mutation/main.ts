/**
 * `npm run mutate -w systems/plant`: breaks Plant on purpose, one thing at a time, and runs the test file that guards it. Every
 * mutant must be noticed, by some tests and not by all (then it would only have broken the set-up), and every test must
 * notice at least one. Arguments choose suites: `npm run mutate -w systems/plant -- rls`.
 */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { breakCopy, copy, createCopy } from './copy.ts'
import type { Mutant } from './mutant.ts'
import { mutants } from './mutants/index.ts'
import { runSuite } from './run-suite.ts'

/** Suites with the tests that have noticed no mutant yet. */
type Toothless = Map<string, Set<string>>

async function runWhole(suites: readonly string[]): Promise<Toothless> {
  const toothless: Toothless = new Map()
  for (const suite of suites) {
    const { passed, failed, output } = await runSuite(suite)
    if (failed.length > 0 || passed.length === 0) throw new Error(`${suite} fails on the unbroken Plant:\n${output}`)
    toothless.set(suite, new Set(passed))
  }
  return toothless
}

/** Why a mutant does not count as noticed; undefined if it does. */
async function judge(mutant: Mutant, toothless: Toothless): Promise<string | undefined> {
  const mend = await breakCopy(mutant)
  try {
    const { passed, failed, output } = await runSuite(mutant.suite)
    for (const title of failed) toothless.get(mutant.suite)?.delete(title)
    if (passed.length === 0) return `no test passed, so that it shows nothing:\n${output}`
    if (failed.length === 0) return 'SURVIVED'
    console.log(`  killed    ${mutant.name} (${failed.length} of ${failed.length + passed.length} tests)`)
    return undefined
  } finally {
    await mend()
  }
}

const asked = process.argv.slice(2)
const chosen = mutants.filter(({ suite }) => asked.length === 0 || asked.includes(suite))
const suites = [...new Set(chosen.map(({ suite }) => suite))]
const began = performance.now()
const removeCopy = await createCopy()
let bad = 0
try {
  const toothless = await runWhole(suites)
  const tests = [...toothless.values()].reduce((sum, titles) => sum + titles.size, 0)
  for (const suite of suites) {
    console.log(`${suite}:`)
    for (const mutant of chosen.filter((each) => each.suite === suite)) {
      const reason = await judge(mutant, toothless)
      if (reason === undefined) continue
      bad += 1
      console.log(`  NOT KILLED ${mutant.name}: ${reason}`)
    }
    for (const title of toothless.get(suite) ?? []) {
      bad += 1
      console.log(`  TOOTHLESS "${title}" noticed no mutant`)
    }
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  console.log(`\n${chosen.length} mutants, ${tests} tests, ${bad} without effect, in ${seconds} s`)
} finally {
  const cli = join(dirname(createRequire(import.meta.url).resolve('backlot/package.json')), 'dist', 'cli', 'main.js')
  spawnSync(process.execPath, [cli, 'down'], { cwd: copy, stdio: 'ignore' })
  await removeCopy()
}
process.exitCode = bad > 0 || chosen.length === 0 ? 1 : 0
