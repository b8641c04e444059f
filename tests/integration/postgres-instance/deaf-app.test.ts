import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { connectSupervisor } from '../../../src/engine/index.ts'

const program = fileURLToPath(new URL('./programs/deaf-app.ts', import.meta.url))

test('an app whose clients listen for no error survives the end of their sessions', async () => {
  const root = await mkdtemp(join(tmpdir(), 'backlot-deaf-'))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, root], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [steps, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  const connection = await connectSupervisor({ root, env: process.env, purpose: 'cli', progress: () => {} })
  await connection.supervisor.stop().catch(() => {})
  await connection.closed
  await rm(root, { recursive: true, force: true })
  expect(steps.split('\n').slice(0, -1), errors).toEqual([
    'checked out: 2 leaks',
    'idle: replaced',
    'others: read ECONNRESET',
    'resets',
    'busy',
    'closed',
  ])
})
