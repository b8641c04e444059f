import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json, ServiceCommandContext } from '../../../src/contracts/index.ts'
import type { LeaseInfo } from '../../../src/postgres/contract.ts'
import { postgres } from '../../../src/postgres/index.ts'
import { runPrompt } from '../../../src/postgres/psql/prompt.ts'
import { runPsql } from '../../../src/postgres/psql/run-psql.ts'
import { failureOf, type Lab, openLab, openSeat, type Seat, serviceContext } from './lab.ts'

let lab: Lab
let seat: Seat

beforeAll(async () => {
  lab = await openLab()
  seat = await openSeat(lab, "CREATE TABLE users (id int, handle text); INSERT INTO users VALUES (1, 'bob')")
})
afterAll(async () => {
  await seat?.close()
  await lab?.stop()
})

const owner = () => (seat.info() as LeaseInfo).owner

async function prompt(
  args: readonly string[],
  typed: readonly string[] = [],
): Promise<{ code: number; lines: readonly string[] }> {
  const lines: string[] = []
  const input = new PassThrough()
  const output = new PassThrough()
  const shown = text(output)
  input.end(typed.map((line) => `${line}\n`).join(''))
  const code = await runPrompt(owner(), args, { input, output, print: (line) => lines.push(line) })
  output.end()
  await shown
  return { code, lines }
}

test('the built-in prompt runs what is typed', async () => {
  const { code, lines } = await prompt(
    [],
    [
      'SELECT id,',
      "  handle FROM users; UPDATE users SET handle = 'alice';",
      '\\dt',
      'SELECT nothing;',
      '',
      'SELECT handle FROM users WHERE id = 1;',
      '\\q',
      'SELECT 1;',
    ],
  )
  expect(code).toBe(0)
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "A small SQL prompt: end statements with ; and leave with \\q. \\dt lists the tables.
     id | handle
    ----+--------
     1  | bob
    (1 row)
    UPDATE 1
     schema | name  | owner
    --------+-------+---------------
     public | users | backlot_owner
    (1 row)
    ERROR: column "nothing" does not exist
     handle
    --------
     alice
    (1 row)"
  `)
})

test('the built-in prompt runs -c', async () => {
  expect(await prompt(['-c', 'SELECT 1 AS one; SELECT NULL AS none'])).toMatchInlineSnapshot(`
    {
      "code": 0,
      "lines": [
        " one",
        "-----",
        " 1",
        "(1 row)",
        " none",
        "--------",
        " <null>",
        "(1 row)",
      ],
    }
  `)
  expect(await prompt(['-c', 'SELECT nothing', '-c', 'SELECT 1'])).toMatchInlineSnapshot(`
    {
      "code": 1,
      "lines": [
        "ERROR: column "nothing" does not exist",
      ],
    }
  `)
  expect(await failureOf(prompt(['-f', 'x.sql']))).toMatchInlineSnapshot(`
    "the built-in SQL prompt does not know -f [BACKLOT_USAGE]
      → it takes -c "SELECT ..." alone; install psql (package postgresql-client) for everything else"
  `)
})

/** A psql that writes down how it was called: no real one is needed to see what it is told. */
async function writeProgram(): Promise<string> {
  const folder = join(lab.projectRoot, 'bin')
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'psql')
  await writeFile(
    path,
    `#!${process.execPath}\nconst { PGHOST, PGUSER, PGPASSWORD, PGDATABASE } = process.env\nrequire('fs').writeFileSync(${JSON.stringify(join(lab.projectRoot, 'called.json'))}, JSON.stringify({ args: process.argv.slice(2), PGHOST, PGUSER, PGPASSWORD, PGDATABASE }))\nprocess.exit(3)\n`,
  )
  await chmod(path, 0o755)
  return folder
}

const called = async () => JSON.parse(await readFile(join(lab.projectRoot, 'called.json'), 'utf8'))

test('psql gets its connection by the environment, never by its arguments', async () => {
  const PATH = await writeProgram()
  expect(await runPsql(owner(), ['-c', 'SELECT 1'], { PATH })).toBe(3)
  const { host, user, password, database } = owner()
  expect(await called()).toEqual({
    args: ['-c', 'SELECT 1'],
    PGHOST: host,
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
  })
})

test('the command opens the development database, or the last one kept', async () => {
  const asked: [string, Json][] = []
  const printed: string[] = []
  const other = { ...owner(), database: 'kept_2' }
  let kept: Json = [
    { name: 'kept_1', failed: false, url: '', connection: owner() },
    { name: 'kept_2', failed: true, url: '', connection: other },
    { name: 'kept_3', failed: false, url: '', connection: owner() },
  ]
  const [command] = postgres().commands ?? []
  const context = async (options: ServiceCommandContext['options']): Promise<ServiceCommandContext> => ({
    service: serviceContext(lab.projectRoot, { env: { PATH: await writeProgram() } }),
    status: await lab.instance.status(),
    options,
    args: [],
    print: (line) => printed.push(line),
    input: new PassThrough(),
    output: new PassThrough(),
    async ask(question, args) {
      asked.push([question, args])
      return question === 'kept' ? kept : seat.info()
    },
  })
  expect(await command?.run(await context({}))).toBe(3)
  expect((await called()).PGDATABASE).toBe(owner().database)
  expect(asked).toMatchObject([
    ['development', { baseline: expect.stringMatching(/^[0-9a-f]{64}$/), lease: { connectAs: 'app' } }],
  ])
  expect(await command?.run(await context({ failed: true }))).toBe(3)
  expect((await called()).PGDATABASE).toBe('kept_2')
  kept = []
  expect(await failureOf(async () => command?.run(await context({ failed: true })))).toMatchInlineSnapshot(`
    "no database of a failed test was kept [BACKLOT_USAGE]
      → npx backlot test --keep-on-failure"
  `)
})
