import { expect, test } from 'vitest'
import { expectNothingLeft, takeStock } from './left-behind.ts'
import { createProject } from './project.ts'

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
