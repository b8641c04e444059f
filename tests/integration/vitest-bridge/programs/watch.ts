import { createVitest, type TestModule } from 'vitest/node'

/** Runs the project in the working directory in watch mode, until it is ended; prints a line of JSON for each run. */
const root = process.cwd()

function printRun(modules: readonly TestModule[]): void {
  const tests = modules.flatMap((module) => [...module.children.allTests()])
  const errors = [...modules, ...tests].flatMap((task) =>
    'errors' in task ? task.errors() : (task.result().errors ?? []),
  )
  const run = {
    tests: Object.fromEntries(tests.map((test) => [test.name, test.result().state])),
    meta: Object.assign({}, ...tests.map((test) => test.meta())),
    errors: errors.map(({ message }) => message),
  }
  process.stdout.write(`${JSON.stringify(run)}\n`)
}

const vitest = await createVitest('test', { root, watch: true, reporters: [{ onTestRunEnd: printRun }] })
process.once('SIGTERM', () => void vitest.close().finally(() => process.exit(0)))
await vitest.start()
