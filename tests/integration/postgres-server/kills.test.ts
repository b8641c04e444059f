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
import { segmentOfServerIn, sharedMemorySegments } from './left-behind.ts'

const program = fileURLToPath(new URL('./programs/owner.ts', import.meta.url))

async function startOwner() {
  const owner = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(owner, 'exit')
  const [line] = await once(createInterface({ input: owner.stdout }), 'line')
  const said: { server: ProcessIdentity; directories: HostContext['directories'] } = JSON.parse(line)
  const { run, data, logs } = said.directories
  const statePath = join(run, 'belongings.json')
  const segment = segmentOfServerIn(data)
  const left = () => ({
    alive: isAlive(said.server),
    folders: [data, run, logs].filter((path) => existsSync(path)),
    segment: sharedMemorySegments().includes(segment),
  })
  return { owner, exited, statePath, left, server: said.server }
}

const nothing = { alive: false, folders: [], segment: false }

test('nothing is left five seconds after the owner was killed', async () => {
  const { owner, exited, left } = await startOwner()
  expect(left()).toMatchObject({ alive: true, segment: true })
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

test('what owner and reaper left, the next start ends and removes', async () => {
  const { owner, exited, left, statePath } = await startOwner()
  const reaper = readRecord(statePath)?.reaper
  if (reaper === undefined) throw new Error('no reaper on record')
  process.kill(owner.pid ?? 0, 'SIGSTOP')
  process.kill(reaper.pid, 'SIGKILL')
  owner.kill('SIGKILL')
  await exited
  expect(left()).toMatchObject({ alive: true, segment: true })
  expect(await reclaim(statePath)).toBe('reclaimed')
  expect(left()).toEqual(nothing)
})
