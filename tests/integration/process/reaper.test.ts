import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { endGroup, identify, isAlive, reclaim, startReaper } from '../../../src/process/index.ts'

const program = fileURLToPath(new URL('./programs/owner.ts', import.meta.url))
let folder: string
let statePath: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backlot-reaper-'))
  statePath = join(folder, 'state.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function startOwner() {
  const data = join(folder, 'data')
  mkdirSync(join(data, 'deep'), { recursive: true })
  const owner = spawn(process.execPath, [program, statePath, data], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(createInterface({ input: owner.stdout }), 'line')
  const pids: { reaper: number; server: number } = JSON.parse(line)
  const server = identify(pids.server)
  const reaper = identify(pids.reaper)
  if (server === undefined || reaper === undefined) throw new Error('owner started nothing')
  return { owner, data, server, reaper, exited: once(owner, 'exit') }
}

const gone = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 5000, interval: 10 })

describe('the reaper', () => {
  test('ends the group and removes the folder of an owner that was killed', async () => {
    const { owner, data, server, reaper, exited } = await startOwner()
    owner.kill('SIGKILL')
    await exited
    await gone(() => !isAlive(server) && !existsSync(data) && !isAlive(reaper) && !existsSync(statePath))
  })

  test('is replaced when it was killed, and the next one knows all', async () => {
    const { owner, data, server, reaper, exited } = await startOwner()
    process.kill(reaper.pid, 'SIGKILL')
    await gone(() => !isAlive(reaper))
    const { readRecord } = await import('../../../src/process/record.ts')
    await gone(() => {
      const next = readRecord(statePath)?.reaper
      return next !== undefined && next.pid !== reaper.pid
    })
    owner.kill('SIGKILL')
    await exited
    await gone(() => !isAlive(server) && !existsSync(data))
  })

  test('killed together with its owner, leaves the work to the next start', async () => {
    const { owner, data, server, reaper, exited } = await startOwner()
    expect(await reclaim(statePath)).toBe('in use')
    process.kill(owner.pid ?? 0, 'SIGSTOP')
    process.kill(reaper.pid, 'SIGKILL')
    owner.kill('SIGKILL')
    await exited
    expect(isAlive(server)).toBe(true)
    expect(await reclaim(statePath)).toBe('reclaimed')
    expect(isAlive(server)).toBe(false)
    expect(existsSync(data)).toBe(false)
    expect(await reclaim(statePath)).toBe('nothing')
  })

  test('never touches a process that reuses a recorded pid', async () => {
    const script = 'trap "echo touched; exit" INT QUIT TERM; echo up; read line; echo untouched; read line'
    const other = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: other.stdout })[Symbol.asyncIterator]()
    expect(await lines.next()).toMatchObject({ value: 'up' })
    const identity = identify(other.pid ?? 0)
    if (identity === undefined) throw new Error('nothing started')
    await endGroup({ ...identity, started: 'at another time' })
    other.stdin.write('go on\n')
    expect(await lines.next()).toMatchObject({ value: 'untouched' })
    await endGroup(identity)
    expect(isAlive(identity)).toBe(false)
  })

  test('leaves alone what was given back, and ends the rest when closed', async () => {
    const [kept, returned] = [join(folder, 'kept'), join(folder, 'returned')]
    for (const path of [kept, returned]) writeFileSync(path, '')
    const reaper = await startReaper({ statePath })
    reaper.adopt({ paths: [kept] })
    reaper.adopt({ paths: [returned] })()
    await reaper.close()
    expect(existsSync(kept)).toBe(false)
    expect(existsSync(returned)).toBe(true)
    expect(existsSync(statePath)).toBe(false)
  })

  test('removes a folder after the end of who still writes there, whatever was adopted first', async () => {
    const data = join(folder, 'data')
    mkdirSync(data)
    const script = `trap 'sleep 0.2; mkdir -p "${data}"; echo checkpoint > "${data}/last"; exit' INT; echo up; while :; do sleep 1 & wait; done`
    const server = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
    await once(createInterface({ input: server.stdout }), 'line')
    const reaper = await startReaper({ statePath })
    reaper.adopt({ paths: [data] })
    reaper.adopt({ pids: [server.pid ?? 0] })
    await reaper.close()
    expect(existsSync(data)).toBe(false)
  })

  test('a record of an unknown format is left alone', async () => {
    writeFileSync(statePath, JSON.stringify({ format: 99, owner: { pid: 1, started: '' }, belongings: [{}] }))
    expect(await reclaim(statePath)).toBe('nothing')
  })
})
