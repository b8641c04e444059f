import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HostContext } from '../../src/contracts/index.ts'
import type { InstanceOptions } from '../../src/postgres/contract.ts'
import {
  installServer,
  type PostgresServer,
  serverLinks,
  startServer,
  withConnection,
} from '../../src/postgres/server/index.ts'
import { binariesFor } from '../../src/postgres/server/packages.ts'
import { inspect } from '../../src/provision/index.ts'
import { testContext, withServer } from '../integration/support/postgres.ts'

/** A way to a server, and what it takes to go that way. */
interface Way {
  readonly link: string
  prepare(context: HostContext): Promise<{
    readonly options?: Partial<InstanceOptions>
    readonly context: HostContext
    readonly undo: () => Promise<void>
  }>
}

const defaults: InstanceOptions = { version: 18, durable: false }

const ways: readonly Way[] = [
  {
    link: 'BACKLOT_DB_URL',
    async prepare(context) {
      const { server, stop } = await withServer()
      const { superuser, tcp } = server
      const url = `postgresql://${superuser.user}:${superuser.password}@${tcp.host}:${tcp.port}/postgres`
      return { context, options: { url }, undo: stop }
    },
  },
  {
    link: 'cache',
    async prepare(context) {
      await installServer(context, defaults)
      return { context, undo: async () => {} }
    },
  },
  {
    link: 'npm registry',
    async prepare(context) {
      const cache = mkdtempSync(join(tmpdir(), 'backlot-empty-'))
      chmodSync(cache, 0o755)
      const undo = async () => rmSync(cache, { recursive: true, force: true })
      return { context: { ...context, directories: { ...context.directories, cache } }, undo }
    },
  },
]

describe.each(ways)('a server by way of $link', ({ link, prepare }) => {
  let server: PostgresServer | undefined
  let close: () => Promise<void>
  beforeAll(async () => {
    const made = await testContext()
    const prepared = await prepare(made.context)
    close = async () => {
      await server?.stop()
      await prepared.undo()
      await made.close()
    }
    server = await startServer(prepared.context, { ...defaults, ...prepared.options })
  }, 120_000)
  afterAll(() => close())

  test('names the way', () => expect(server?.provider).toBe(link))
  test('names its version', () =>
    expect(server).toMatchObject({ major: 18, version: expect.stringMatching(/^18\.\d+$/) }))
  const running = (): PostgresServer => {
    if (server === undefined) throw new Error('not started')
    return server
  }
  test('is reached by Backlot', async () => {
    const { rows } = await withConnection(running().superuser, 'test', (client) => client.query('SELECT 1 AS one'))
    expect(rows).toEqual([{ one: 1 }])
  })
  test('is reached over TCP', async () => {
    const at = { ...running().superuser, ...running().tcp }
    const { rows } = await withConnection(at, 'test', (client) => client.query('SELECT 1 AS one'))
    expect(rows).toEqual([{ one: 1 }])
  })
  test('lets databases come and go', async () => {
    await withConnection(running().superuser, 'test', async (client) => {
      await client.query('CREATE DATABASE backlot_contract')
      await client.query('DROP DATABASE backlot_contract')
    })
  })
})

describe('the chain', () => {
  let made: Awaited<ReturnType<typeof testContext>>
  beforeAll(async () => {
    made = await testContext('main-db')
  })
  afterAll(() => made.close())

  test('is told link by link, with the name of the service', async () => {
    const env = { PATH: '/nowhere' }
    const cache = join(made.context.projectRoot, 'no cache')
    const context = { ...made.context, env, directories: { ...made.context.directories, cache } }
    expect(await inspect(serverLinks(defaults, context))).toEqual([
      {
        link: 'BACKLOT_MAIN_DB_URL',
        serves: false,
        finding: 'BACKLOT_MAIN_DB_URL is not set',
        hint: 'set BACKLOT_MAIN_DB_URL to use a server that runs already',
      },
      { link: 'cache', serves: false, finding: expect.stringContaining('is not in'), hint: 'npx backlot install' },
      { link: 'npm registry', serves: false, finding: 'npm was not found', hint: 'put npm on PATH' },
      {
        link: 'container',
        serves: false,
        finding: expect.stringContaining('no container engine'),
        hint: expect.any(String),
      },
    ])
    await expect(startServer(context, defaults)).rejects.toMatchObject({
      code: 'BACKLOT_PROVIDER_EXHAUSTED',
      summary: 'nothing could provide PostgreSQL 18',
      details: expect.stringMatching(/BACKLOT_MAIN_DB_URL.*\n.*cache.*\n.*npm registry.*\n.*container/),
    })
  })

  test('does not fall back from a URL, and does not show its password', async () => {
    const url = 'postgresql://me:swordfish@127.0.0.1:1/postgres'
    const error = await startServer(made.context, { ...defaults, url }).catch((thrown) => thrown)
    expect(error).toMatchObject({
      code: 'BACKLOT_SERVER_START_FAILED',
      summary: expect.stringContaining('the server of BACKLOT_MAIN_DB_URL at 127.0.0.1:1 does not let us in'),
    })
    expect(error.message).not.toContain('swordfish')
  })

  test.each(['mysql://me@host/db', 'me:swordfish@host', 'postgresql://host/db'])('refuses %s as a URL', async (url) => {
    const error = await startServer(made.context, { ...defaults, url }).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'BACKLOT_CONFIG_INVALID' })
    expect(error.message).not.toContain('swordfish')
  })

  /** A cache folder with binaries that are there, or were left half-made. */
  test('a URL is named by where it comes from, and its failure is told once', async () => {
    for (const urlFrom of ['TEST_DATABASE_URL', 'option url']) {
      const byUrl: InstanceOptions = { ...defaults, url: 'postgres://me@127.0.0.1:1/x', urlFrom }
      const summary = `the server of ${urlFrom} at 127.0.0.1:1 does not let us in: connect ECONNREFUSED 127.0.0.1:1`
      await expect(startServer(made.context, byUrl)).rejects.toMatchObject({
        code: 'BACKLOT_SERVER_START_FAILED',
        summary,
        hint: `start it, mend ${urlFrom}, or unset it to use a server of Backlot's own`,
        details: undefined,
      })
      expect(await inspect(serverLinks(byUrl, made.context))).toMatchObject([{ link: urlFrom, finding: summary }])
      expect(await installServer(made.context, byUrl)).toBe(`nothing to install: ${urlFrom} names a server`)
    }
    await expect(
      startServer(made.context, { ...defaults, url: 'postgres://x', urlFrom: 'TEST_DATABASE_URL' }),
    ).rejects.toThrowErrorMatchingInlineSnapshot(`
      [BacklotError: TEST_DATABASE_URL is not a URL of a Postgres server with a user [BACKLOT_CONFIG_INVALID]
        → write postgresql://user:password@host:5432/database]
    `)
  })

  function fakeCache(finished: boolean): string {
    const cache = mkdtempSync(join(tmpdir(), 'backlot-cache-'))
    const { key } = binariesFor(18, `${process.platform}-${process.arch}`) ?? { key: '' }
    mkdirSync(join(cache, key, 'native', 'bin'), { recursive: true })
    if (finished) writeFileSync(join(cache, key, 'backlot.json'), JSON.stringify({ format: 1, key }))
    return cache
  }

  test.runIf(process.getuid?.() === 0)('names a cache folder that the server could not reach', async () => {
    const cache = fakeCache(true)
    const context = { ...made.context, directories: { ...made.context.directories, cache } }
    await expect(startServer(context, defaults)).rejects.toMatchObject({
      code: 'BACKLOT_CACHE_UNUSABLE',
      summary: `PostgreSQL refuses to run as root, and nobody cannot reach the cache folder ${cache}`,
    })
    rmSync(cache, { recursive: true })
  })

  test('does not use binaries that were left half-made', async () => {
    const cache = fakeCache(false)
    const context = { ...made.context, env: { PATH: '/nowhere' }, directories: { ...made.context.directories, cache } }
    await expect(startServer(context, defaults)).rejects.toMatchObject({ code: 'BACKLOT_PROVIDER_EXHAUSTED' })
    rmSync(cache, { recursive: true })
  })
})
