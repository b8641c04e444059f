#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import module from 'node:module'

/** The oldest Node that runs TypeScript configs by itself and has all that Backlot uses; the same as in package.json. */
const oldestNode = [22, 22] as const

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
  const wanted = oldestNode.join('.')
  process.stderr.write(
    `BACKLOT_USAGE: Backlot needs Node ${wanted} or newer; this is ${process.versions.node}\n  → install a newer one, or in the project alone: npm install -D node@24\n`,
  )
  process.exit(2)
}
// Everything below is imported when it is needed: compiled code is found again.
module.enableCompileCache()
const { run } = await import('./run.ts')

const { version }: { version: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
)

// A reader that has seen enough (`backlot logs | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const code = await run(
  process.argv.slice(2),
  {
    cwd: process.cwd(),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    interactive: process.stdin.isTTY === true,
  },
  version,
)
// A config may have left something open: a command that is done ends. What was written to a pipe goes out first.
process.stdout.write('', () => process.exit(code))
