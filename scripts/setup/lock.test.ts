import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const lockScript = fileURLToPath(new URL('./lock.sh', import.meta.url))
/** A set-up that says what it does, and works until a line comes in; it fails where another is at work. */
const program = `set -eu
say() { printf '%s\\n' "$*"; }
lock=tickets
. ${lockScript}
take_lock
mkdir alone
say works
read -r _
rmdir alone
leave_lock
say done
`
let folder: string
let running: ChildProcess[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backlot-lock-'))
  await writeFile(join(folder, 'setup.sh'), program)
  running = []
})
afterEach(async () => {
  const alive = running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
  const ended = alive.map((child) => once(child, 'exit'))
  for (const child of alive) child.kill('SIGKILL')
  await Promise.all(ended)
  await rm(folder, { recursive: true })
})

interface SetUp {
  readonly child: ChildProcess
  readonly nextLine: () => Promise<string | undefined>
  readonly finish: () => void
}

function begin(): SetUp {
  const child = spawn('sh', ['setup.sh'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] })
  running.push(child)
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    child,
    nextLine: async () => (await lines.next()).value,
    finish: () => child.stdin.end('\n'),
  }
}

const waiting = (for_: SetUp): string => `Waiting for another set-up of this clone (pid ${for_.child.pid}) ...`

test('one waits for the other, and says so', async () => {
  const first = begin()
  expect(await first.nextLine()).toBe('works')
  const second = begin()
  expect(await second.nextLine()).toBe(waiting(first))
  first.finish()
  expect(await first.nextLine()).toBe('done')
  expect(await second.nextLine()).toBe('works')
  second.finish()
  expect(await second.nextLine()).toBe('done')
  expect(await readdir(join(folder, 'tickets'))).toEqual([])
})

test('several at once go one after the other', async () => {
  const codes = Array.from({ length: 4 }, async () => {
    const setUp = begin()
    setUp.finish()
    return once(setUp.child, 'exit')
  })
  expect(await Promise.all(codes)).toEqual(Array(4).fill([0, null]))
})

test('what a killed one left is taken over by one of those that come after', async () => {
  const killed = begin()
  expect(await killed.nextLine()).toBe('works')
  killed.child.kill('SIGKILL')
  await once(killed.child, 'exit')
  await rm(join(folder, 'alone'), { recursive: true })
  const next = begin()
  expect(await next.nextLine()).toBe('works')
  const last = begin()
  expect(await last.nextLine()).toBe(waiting(next))
  next.finish()
  expect(await last.nextLine()).toBe('works')
})

test('one that is interrupted leaves the lock free', async () => {
  const interrupted = begin()
  expect(await interrupted.nextLine()).toBe('works')
  interrupted.child.kill('SIGTERM')
  expect(await once(interrupted.child, 'exit')).toEqual([143, null])
  expect(await readdir(join(folder, 'tickets'))).toEqual([])
})

test('a pid that is now another program’s holds nothing', async () => {
  const other = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] })
  running.push(other)
  await mkdir(join(folder, 'tickets'))
  await writeFile(join(folder, 'tickets', String(other.pid)), '')
  expect(await begin().nextLine()).toBe('works')
})
