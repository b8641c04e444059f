import { join } from 'node:path'
import { root } from './lib/root.ts'
import { runHere } from './lib/run.ts'

const talk = join(root, 'systems', 'talk')

console.log(
  '\nThe integration suite of systems/talk, on a real PostgreSQL. Every test commits, and is undone afterwards:',
)
const reporter = join(root, 'scripts', 'lib', 'demo-reporter.ts')
const args = ['run', '--project', 'integration', '--reporter', 'default', '--reporter', reporter]
const { code } = await runHere('vitest', [...args, ...process.argv.slice(2)], {
  cwd: talk,
})

console.log(
  code === 0
    ? `
What to try next:
  npm run demo                                    again: everything is warm now
  npm test -w systems/talk                        unit and integration tests of talk
  npx backlot up                                  in systems/talk: the database for your own client, with its URL
  npx backlot test --keep-on-failure              in systems/talk, with a test broken: its database is kept
  npx backlot psql --failed                       in systems/talk: look into the kept database
  systems/talk/tests/integration                  what such tests look like
`
    : '\nThe demo failed. npx backlot doctor, in systems/talk, says what is missing and how to get it.',
)
process.exitCode = code
