import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withLock } from '../../../src/provision/index.ts'

const program = fileURLToPath(new URL('./programs/holder.ts', import.meta.url))
let folder: string
let lock: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backlot-lock-'))
  lock = join(folder, 'thing')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function holder(times: number, mode = '') {
  const child = spawn(process.execPath, [program, lock, join(folder, 'inside'), String(times), mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { child, exited: once(child, 'exit') }
}

test('one holder at a time, of many processes, some of which are killed while they hold it', async () => {
  const modes = ['', 'die', '', 'die', '']
  const ends = await Promise.all(modes.map((mode) => holder(40, mode).exited))
  expect(ends).toEqual(modes.map((mode) => (mode === 'die' ? [null, 'SIGKILL'] : [0, null])))
  expect(readdirSync(folder).filter((name) => /^thing\.\d+$/.test(name))).toHaveLength(1)
})

test('a dead holder is succeeded at once', async () => {
  await holder(1, 'die').exited
  expect(await withLock(lock, { deadlineMs: 0, waitingFor: 'a test' }, async () => 'mine')).toBe('mine')
})

test('a living holder is named at the deadline', async () => {
  const { child, exited } = holder(1, 'hang')
  await once(child.stdout, 'data')
  await expect(withLock(lock, { deadlineMs: 60, waitingFor: 'a download' }, async () => {})).rejects.toMatchObject({
    code: 'BACKLOT_LOCK_TIMEOUT',
    summary: `process ${child.pid} held the lock on a download for 60 ms`,
  })
  child.kill('SIGKILL')
  await exited
})

test('a task that fails gives the lock back, and leaves nothing but one file', async () => {
  const failed = withLock(lock, { waitingFor: 'a test' }, () => Promise.reject(new Error('task')))
  await expect(failed).rejects.toThrow('task')
  expect(await withLock(lock, { deadlineMs: 0, waitingFor: 'a test' }, async () => 1)).toBe(1)
  expect(readdirSync(folder)).toEqual(['thing.2'])
})
