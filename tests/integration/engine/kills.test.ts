import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { projectPaths } from '../../../src/engine/index.ts'
import { identify } from '../../../src/process/index.ts'
import { writeRecord } from '../../../src/process/record.ts'
import { expectNothingLeft, takeStock } from './left-behind.ts'
import { createProject, type TestProject } from './project.ts'

const insert = "insert into notes (text) values ('x')"
const count = 'select count(*)::int as n from notes'

test('a worker that is killed in a test leaves a clean lease to the next', { timeout: 60_000 }, async () => {
  await using project = await createProject()
  const first = await project.worker()
  await first.push()
  await first.sql(insert)
  const database = await first.database()
  await first.kill('SIGKILL')

  const next = await project.worker()
  expect(await next.sql(count)).toEqual([{ n: 0 }])
  // Another database only if the first was still being put back when the next worker came.
  expect(database).toMatch(/^backlot_/)
  await next.close()
})

test('a worker that is killed in a transaction leaves no session behind', { timeout: 60_000 }, async () => {
  await using project = await createProject()
  const first = await project.worker()
  await first.push()
  await first.sql(`begin; ${insert}; lock table notes in access exclusive mode`)
  await first.kill('SIGKILL')
  const next = await project.worker()
  expect(await next.sql(count)).toEqual([{ n: 0 }])
  await next.close()
})

test.for([
  ['with CI=true', 'true'],
  ['without CI', ''],
] as const)(
  'a supervisor %s that is killed takes everything with it within 5 s, and the next run is clean',
  { timeout: 60_000 },
  async ([, ci]) => {
    await using project = await createProject(ci)
    const worker = await project.worker()
    await worker.push()
    await worker.sql(insert)
    const stock = await takeStock(project.root)
    process.kill(stock.supervisor, 'SIGKILL')
    await expectNothingLeft(stock)
    await worker.kill('SIGKILL')

    const next = await project.worker()
    expect(await next.sql(count)).toEqual([{ n: 0 }])
    expect(await project.supervisorPid()).not.toBe(stock.supervisor)
    await next.close()
  },
)

test('whoever comes while the supervisor stops is served by the next one', { timeout: 60_000 }, async () => {
  await using project = await createProject()
  const worker = await project.worker()
  const stock = await takeStock(project.root)
  const connection = await project.connect()
  const stopped = connection.supervisor.stop()
  const next = await project.connect()
  await stopped
  expect((await next.supervisor.status()).pid).not.toBe(stock.supervisor)
  expect(stock.left().processes).toEqual([])
  next.close()
  await worker.kill('SIGKILL')
})

describe('a supervisor before, which lives and does not answer', () => {
  /** A process that is on record as the supervisor of a project. */
  async function predecessor(project: TestProject): Promise<{ child: ChildProcess; log: () => string }> {
    const child = spawn('/bin/sh', ['-c', 'read line'], { stdio: ['pipe', 'ignore', 'inherit'] })
    const owner = identify(child.pid ?? 0)
    if (owner === undefined) throw new Error('nothing started')
    const { belongings, log } = await projectPaths(project.root, process.env)
    writeRecord(belongings, { format: 1, owner, reaper: undefined, belongings: [] })
    return { child, log: () => readFileSync(log, 'utf8') }
  }

  test('is waited for', { timeout: 60_000 }, async () => {
    await using project = await createProject()
    const { child, log } = await predecessor(project)
    const connecting = project.connect()
    await vi.waitFor(() => expect(log()).toContain(`waits for the end of process ${child.pid}`), { timeout: 5000 })
    child.stdin?.end()
    const connection = await connecting
    expect((await connection.supervisor.status()).clients).toBe(1)
    connection.close()
  })

  test('is named when it stays', { timeout: 60_000 }, async () => {
    await using project = await createProject()
    const { child } = await predecessor(project)
    await expect(project.connect()).rejects.toMatchObject({
      code: 'BACKLOT_SUPERVISOR_UNREACHABLE',
      summary: `the supervisor did not start: process ${child.pid} runs and does not answer; end it, what it holds goes with it: kill -9 ${child.pid}`,
    })
    child.stdin?.end()
  })
})

test('twenty starts at the same moment make one supervisor', { timeout: 120_000 }, async () => {
  await using project = await createProject()
  const pids = await Promise.all(Array.from({ length: 20 }, () => project.supervisorPid()))
  expect(new Set(pids).size).toBe(1)
})

test('workers side by side have databases of their own; one after the other share one', {
  timeout: 60_000,
}, async () => {
  await using project = await createProject()
  const [a, b] = await Promise.all([project.worker(), project.worker()])
  const databases = [await a.database(), await b.database()]
  expect(new Set(databases).size).toBe(2)
  await a.push()
  await a.sql(insert)
  expect(await b.sql(count)).toEqual([{ n: 0 }])
  expect(await a.pop()).toBe('undone')
  await Promise.all([a.close(), b.close()])
  const c = await project.worker()
  expect(databases).toContain(await c.database())
  await c.close()
})
