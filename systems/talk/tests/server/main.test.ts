import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { backlotTest } from 'backlot/vitest'
import backlot from '../../backlot.config.ts'

const { test, expect } = backlotTest(backlot)

test('the server starts by its variables, answers, and ends in order', async ({ db }) => {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
  const env = { DATABASE__URL: db.url, ENVIRONMENT: 'test', PORT: '0' }
  const server = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(server, 'exit')
  try {
    const [line] = await once(createInterface(server.stdout), 'line')
    const url = /http:\/\/[0-9.:]+/.exec(String(line))?.[0]
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' })
  } finally {
    server.kill('SIGTERM')
  }
  expect(await exited).toEqual([0, null])
})
