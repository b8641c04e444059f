import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import type { HostContext } from '../../../src/contracts/index.ts'
import { isAlive, type ProcessIdentity, reclaim } from '../../../src/process/index.ts'
import { readRecord } from '../../../src/process/record.ts'
import { withServer } from '../support/postgres.ts'
import { busySession } from './busy-session.ts'
import { segmentOfServerIn, sharedMemorySegments } from './left-behind.ts'

const program = fileURLToPath(new URL('./programs/owner.ts', import.meta.url))

async function startOwner() {
  const owner = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(owner, 'exit')
  const [line] = await once(createInterface({ input: owner.stdout }), 'line')
  const said: { processes: [ProcessIdentity, ProcessIdentity]; directories: HostContext['directories'] } =
    JSON.parse(line)
  const [server, busy] = said.processes
  const { run, data, logs } = said.directories
  const statePath = join(run, 'belongings.json')
  const segment = segmentOfServerIn(data)
  const left = () => ({
    server: isAlive(server),
    busy: isAlive(busy),
    folders: [data, run, logs].filter((path) => existsSync(path)),
    segment: sharedMemorySegments().includes(segment),
  })
  return { owner, exited, statePath, left, server }
}

const nothing = { server: false, busy: false, folders: [], segment: false }

test('nothing is left five seconds after the owner was killed', async () => {
  const { owner, exited, left } = await startOwner()
  expect(left()).toMatchObject({ server: true, busy: true, segment: true })
  owner.kill('SIGKILL')
  await exited
  await vi.waitFor(() => expect(left()).toEqual(nothing), { timeout: 5000, interval: 20 })
})

test('nothing is left when owner and server were killed together', async () => {
  const { owner, exited, left, server } = await startOwner()
  process.kill(owner.pid ?? 0, 'SIGSTOP')
  process.kill(server.pid, 'SIGKILL')
  owner.kill('SIGKILL')
  await exited
  await vi.waitFor(() => expect(left()).toEqual(nothing), { timeout: 5000, interval: 20 })
})

test('a server that was killed takes a session along that is busy', async () => {
  const { server, stop } = await withServer()
  const busy = await busySession(server)
  process.kill(server.pid ?? 0, 'SIGKILL')
  await server.died
  expect(isAlive(busy)).toBe(false)
  await stop()
})

test('what owner and reaper left, the next start ends and removes', async () => {
  const { owner, exited, left, statePath } = await startOwner()
  const reaper = readRecord(statePath)?.reaper
  if (reaper === undefined) throw new Error('no reaper on record')
  process.kill(owner.pid ?? 0, 'SIGSTOP')
  process.kill(reaper.pid, 'SIGKILL')
  owner.kill('SIGKILL')
  await exited
  expect(left()).toMatchObject({ server: true, busy: true, segment: true })
  expect(await reclaim(statePath)).toBe('reclaimed')
  expect(left()).toEqual(nothing)
})
