#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { run } from './run.ts'

// Commands import what they need when they run: from here on, compiled code is found again.
enableCompileCache()

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
