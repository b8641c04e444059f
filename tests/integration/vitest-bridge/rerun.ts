import { fileURLToPath } from 'node:url'
import { createVitest } from 'vitest/node'

/** Runs a file of the fixture project three times in watch mode, as saving it would; prints each run's failures as JSON. */
const root = fileURLToPath(new URL('./fixture', import.meta.url))
const vitest = await createVitest('test', { root, watch: true, reporters: [{}], config: `${root}/vitest.config.ts` })
await vitest.start(['next-file.ts'])
const failures: number[] = []
for (let run = 0; run < 3; run += 1) {
  if (run > 0) await vitest.rerunTestSpecifications(await vitest.getRelevantTestSpecifications(['next-file.ts']), true)
  const modules = vitest.state.getTestModules()
  failures.push(modules.filter((module) => module.state() !== 'passed').length + (modules.length === 0 ? 1 : 0))
}
process.stdout.write(`${JSON.stringify(failures)}\n`)
await vitest.close()
process.exit(0)
