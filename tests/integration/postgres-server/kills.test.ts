import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import type { HostContext } from '../../../src/contracts/index.ts'
import { isAlive, type ProcessIdentity, reclaim } from '../../../src/process/index.ts'
import { readRecord } from '../../../src/process/record.ts'
import { contents, segmentOfServerIn, sharedMemorySegments } from './left-behind.ts'

const program = fileURLToPath(new URL('./programs/owner.ts', import.meta.url))

async function startOwner() {
  const owner = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(owner, 'exit')
  const [line] = await once(createInterface({ input: owner.stdout }), 'line')
  const said: { server: ProcessIdentity; directories: HostContext['directories'] } = JSON.parse(line)
  const statePath = join(said.directories.run, 'belongings.json')
  const segment = segmentOfServerIn(said.directories.data)
  const left = () => ({
    alive: isAlive(said.server),
    data: contents(said.directories.data),
    run: contents(said.directories.run),
    segment: sharedMemorySegments().includes(segment),
  })
  const clean = () => {
    for (const path of Object.values(said.directories)) {
      if (path !== said.directories.cache) rmSync(path, { recursive: true, force: true })
    }
  }
  return { owner, exited, statePath, left, clean, server: said.server }
}

const nothing = { alive: false, data: [], run: [], segment: false }

test('nothing is left five seconds after the owner was killed', async () => {
  const { owner, exited, left, clean } = await startOwner()
  expect(left()).toMatchObject({ alive: true, segment: true })
  owner.kill('SIGKILL')
  await exited
  await vi.waitFor(() => expect(left()).toEqual(nothing), { timeout: 5000, interval: 20 })
  clean()
})

test('nothing is left when owner and server were killed together', async () => {
  const { owner, exited, left, clean, server } = await startOwner()
  process.kill(owner.pid ?? 0, 'SIGSTOP')
  process.kill(server.pid, 'SIGKILL')
  owner.kill('SIGKILL')
  await exited
  await vi.waitFor(() => expect(left()).toEqual(nothing), { timeout: 5000, interval: 20 })
  clean()
})

test('what owner and reaper left, the next start ends and removes', async () => {
  const { owner, exited, left, clean, statePath } = await startOwner()
  const reaper = readRecord(statePath)?.reaper
  if (reaper === undefined) throw new Error('no reaper on record')
  process.kill(owner.pid ?? 0, 'SIGSTOP')
  process.kill(reaper.pid, 'SIGKILL')
  owner.kill('SIGKILL')
  await exited
  expect(left()).toMatchObject({ alive: true, segment: true })
  expect(await reclaim(statePath)).toBe('reclaimed')
  expect(left()).toEqual(nothing)
  clean()
})
