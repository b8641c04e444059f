import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { identify, isAlive, processStartTime, serverUser, startServerProcess } from '../../../src/process/index.ts'

let folder: string
let log: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backlot-process-'))
  chmodSync(folder, 0o755)
  log = join(folder, 'server.log')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A server that is a shell script. */
function sh(script: string, deadlineMs = 5000) {
  const logged = () => readFileSync(log, 'utf8')
  return {
    product: 'Example 1.0',
    command: '/bin/sh',
    args: ['-c', script],
    env: { PATH: '/usr/bin:/bin' },
    log,
    ready: async () => logged().includes('ready'),
    deadlineMs,
  }
}

describe('startServerProcess', () => {
  test('waits until ready, in a group of its own, and stops it', async () => {
    const server = await startServerProcess(sh('echo ready; exec sleep 100'))
    const identity = identify(server.pid)
    expect(identity).toBeDefined()
    expect(statSync(log).mode & 0o777).toBe(0o600)
    await server.stop()
    expect(processStartTime(server.pid)).toBeUndefined()
  })

  test('kills the whole group of one that ignores the signal', async () => {
    const server = await startServerProcess(sh('trap "" TERM; sleep 100 & echo child $!; echo ready; wait; wait'))
    const child = identify(Number(/child (\d+)/.exec(readFileSync(log, 'utf8'))?.[1]))
    await server.stop('SIGTERM', 50)
    expect(child !== undefined && isAlive(child)).toBe(false)
  })

  test('names the exit and the last lines of one that ends while starting', async () => {
    await expect(startServerProcess(sh('echo "cannot read the config"; exit 3'))).rejects.toMatchObject({
      code: 'BACKLOT_SERVER_START_FAILED',
      summary: 'Example 1.0 ended while it was starting (exit code 3)',
      details: 'cannot read the config',
      hint: `its log says why: ${log}`,
    })
  })

  test('ends one that is not ready at the deadline and names what the probe said', async () => {
    let pid = 0
    const options = { ...sh('exec sleep 100', 60), onSpawn: (spawned: number) => (pid = spawned) }
    const failed = startServerProcess({ ...options, ready: () => Promise.reject(new Error('refused')) })
    await expect(failed).rejects.toMatchObject({
      code: 'BACKLOT_SERVER_START_FAILED',
      summary: 'Example 1.0 was not ready after 60 ms',
      cause: expect.objectContaining({ message: 'refused' }),
    })
    expect(processStartTime(pid)).toBeUndefined()
  })

  test('recognises a full disk', async () => {
    await expect(startServerProcess(sh('echo "write: No space left on device"; exit 1'))).rejects.toMatchObject({
      code: 'BACKLOT_DISK_FULL',
    })
  })

  test('names a command that is not there', async () => {
    await expect(startServerProcess({ ...sh(''), command: '/nowhere/serverd' })).rejects.toMatchObject({
      code: 'BACKLOT_SERVER_START_FAILED',
      summary: 'Example 1.0 could not be started: /nowhere/serverd',
    })
  })

  test('tells of a server that ended by itself, with its last words', async () => {
    const server = await startServerProcess(
      sh('echo ready; read -r line < /dev/null; sleep 0.05; echo "out of luck"; exit 7'),
    )
    await expect(server.died).resolves.toMatchObject({
      code: 'BACKLOT_SERVER_DIED',
      summary: 'Example 1.0 ended by itself (exit code 7)',
      details: expect.stringContaining('out of luck'),
    })
    await server.stop()
  })

  test('one that was killed takes its group along', async () => {
    const server = await startServerProcess(sh('sleep 100 & echo child $!; echo ready; wait'))
    const child = identify(Number(/child (\d+)/.exec(readFileSync(log, 'utf8'))?.[1]))
    process.kill(server.pid, 'SIGKILL')
    await server.died
    await expect.poll(() => child !== undefined && isAlive(child), { timeout: 2000, interval: 5 }).toBe(false)
  })

  test.runIf(process.getuid?.() === 0)('drops to another account', async () => {
    const user = serverUser({})
    const server = await startServerProcess({ ...sh('id -un; echo ready; exec sleep 100'), ...(user && { user }) })
    expect(readFileSync(log, 'utf8')).toContain(user?.name)
    await server.stop()
  })
})

describe('serverUser', () => {
  test('an ordinary user drops to nobody else', () => expect(serverUser({ SUDO_UID: '1' }, 1000)).toBeUndefined())
  test('root drops to nobody', () => expect(serverUser({}, 0)).toMatchObject({ name: 'nobody' }))
  test('root behind sudo drops to that person', () => {
    expect(serverUser({ SUDO_UID: '1' }, 0)).toMatchObject({ uid: 1 })
  })
  test.each(['0', '-1', 'root', '4242424', '1; id'])('SUDO_UID=%s is not believed', (uid) => {
    expect(serverUser({ SUDO_UID: uid }, 0)).toMatchObject({ name: 'nobody' })
  })
})
