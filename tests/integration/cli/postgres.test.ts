import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { backlot, type Ran } from './backlot.ts'

const cwd = fileURLToPath(new URL('./postgres', import.meta.url))
/** `psql` answers by the psql of the machine, where there is one, else by Backlot's own prompt: both print such tables. */
const run = (...args: string[]): Promise<Ran> => backlot(args, { cwd })

afterAll(async () => {
  await run('down')
})

test('up prints what a shell and a driver can use', async () => {
  const { code, stdout, stderr } = await run('up')
  expect(code).toBe(0)
  expect(stderr).toMatch(/^db {2}PostgreSQL \d+\.\d+ {2}127\.0\.0\.1:\d+ {2}from /)
  const url = execFileSync('/bin/sh', ['-c', `${stdout} printf %s "$DATABASE_URL"`], { encoding: 'utf8' })
  expect(new URL(url)).toMatchObject({ protocol: 'postgresql:', hostname: '127.0.0.1' })
  expect(stderr).not.toContain(new URL(url).password)
})

test('psql starts the server and answers on the migrated database', async () => {
  await run('down')
  const { code, stdout } = await run('psql', '--', '-c', 'select name, grams from tea')
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^ name +\| grams\s*\n-+\+-+\n assam +\| +250\s*\n/),
  })
  expect((await run('psql', 'db', '--', '-c', 'select nothing')).code).toBe(1)
})

test('install, doctor and logs know it', async () => {
  expect((await run('install')).stdout).toMatch(/^db {2}PostgreSQL 18/)
  const doctor = await run('doctor', '--json')
  expect(JSON.parse(doctor.stdout)).toMatchObject({ ok: true, services: [{ service: 'db', kind: 'postgres' }] })
  await run('up')
  expect((await run('logs', 'db')).stdout).toContain('ready to accept connections')
})

test('the database of a failed test is kept on request, and psql opens it', async () => {
  const failed = await backlot(['test', 'tea', '--keep-on-failure'], { cwd, env: { NO_COLOR: '1' } })
  expect(failed.code).toBe(1)
  expect(failed.stdout + failed.stderr).toContain('1 failed | 1 passed')
  expect(failed.stderr).toMatch(
    /^backlot: kept the state after ".*": db: backlot_kept_\d{3}f_\w+ \(open it: npx backlot psql --failed\)$/m,
  )
  expect(failed.stderr).not.toContain('needed a fresh copy')
  const kept = await run('psql', '--failed', '--', '-c', 'select grams from tea')
  expect(kept.code).toBe(0)
  expect(kept.stdout).toMatch(/^ +0 *$/m)
  const untouched = await run('psql', '--', '-c', 'select grams from tea')
  expect(untouched.stdout).toMatch(/^ +250 *$/m)
})

test('each of several Postgres services has a variable and a database of its own', async () => {
  const several = fileURLToPath(new URL('./postgres/several', import.meta.url))
  try {
    const { stdout } = await backlot(['up'], { cwd: several })
    expect(stdout.replace(/='.*'$/gm, '')).toBe(
      'export DB_DATABASE_URL\nexport EVENTS_DATABASE_URL\nexport APP__DATABASE\n',
    )
    const databases = [...stdout.matchAll(/='(.*)'$/gm)].map(([, url = '']) => new URL(url).pathname)
    expect(databases).toEqual([
      expect.stringMatching(/^\/backlot_dev_db_[0-9a-f]{16}$/),
      expect.stringMatching(/^\/backlot_dev_events_[0-9a-f]{16}$/),
      expect.stringMatching(/^\/backlot_dev_app_[0-9a-f]{16}$/),
    ])
    await backlot(['psql', 'db', '--', '-c', 'delete from tea'], { cwd: several })
    const count = await backlot(['psql', 'events', '--', '-c', 'select count(*) as teas from tea'], { cwd: several })
    expect(count.stdout).toMatch(/^ +[1-9]\d* *$/m)
  } finally {
    await backlot(['down'], { cwd: several })
  }
})
