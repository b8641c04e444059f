import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ProgressEvent } from '../../../src/contracts/index.ts'
import { cached, fetchNpmPackage } from '../../../src/provision/index.ts'
import { type Registry, startRegistry } from './registry.ts'

let folder: string
let registry: Registry
let progress: ProgressEvent[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backlot-npm-'))
  mkdirSync(join(folder, 'project'))
  progress = []
})
afterEach(async () => {
  await registry.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Fetches into a cache with settings of a machine that knows this registry alone. */
function fetchExample(integrity: string, more: Record<string, string> = {}) {
  const cache = join(folder, 'cache')
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    npm_config_cache: join(folder, 'npm-cache'),
    npm_config_fetch_retries: '0',
    npm_config_registry: registry.url,
    ...more,
  }
  const pinned = { name: 'example', version: '1.0.0', integrity, megabytes: 1 }
  const options = {
    env,
    projectRoot: join(folder, 'project'),
    node: process.execPath,
    progress: (event: ProgressEvent) => progress.push(event),
    what: 'Example 1.0',
  }
  const make = async (draft: string) => {
    await fetchNpmPackage(join(draft, 'npm'), pinned, options)
  }
  return cached({ cache, key: 'example', what: 'Example 1.0', make })
}
const inCache = () => readdirSync(join(folder, 'cache')).filter((name) => name !== 'locks')

describe('a package from the registry', () => {
  test('is fetched from the registry that the user has set, with progress', async () => {
    registry = await startRegistry()
    const unpacked = await fetchExample(registry.integrity)
    expect(existsSync(join(unpacked, 'npm', 'node_modules', 'example', 'file'))).toBe(true)
    const what = 'downloading Example 1.0 from the npm registry (1 MB)'
    expect(progress).toEqual([{ what }, { what, finished: true }])
  })

  test('is fetched with the settings of the project', async () => {
    registry = await startRegistry()
    const host = registry.url.replace('http:', '')
    writeFileSync(join(folder, 'project', '.npmrc'), `registry=${registry.url}\n${host}:_authToken=\${EXAMPLE_TOKEN}\n`)
    await fetchExample(registry.integrity, { npm_config_registry: '', EXAMPLE_TOKEN: 'swordfish' })
    expect(registry.seen).toContain('Bearer swordfish')
    expect(existsSync(join(folder, 'cache', 'example', 'npm', '.npmrc'))).toBe(false)
  })

  test('needs an npm', async () => {
    registry = await startRegistry()
    await expect(fetchExample(registry.integrity, { PATH: folder })).rejects.toThrowErrorMatchingInlineSnapshot(`
      [BacklotError: there is no npm to download with [BACKLOT_DOWNLOAD_FAILED]
        → put npm on PATH]
    `)
    expect(inCache()).toEqual([])
  })

  test('is refused when its checksum is another, and leaves nothing', async () => {
    registry = await startRegistry()
    const other = `sha512-${Buffer.alloc(64).toString('base64')}`
    await expect(fetchExample(other)).rejects.toMatchObject({
      code: 'BACKLOT_DOWNLOAD_FAILED',
      summary: "the registry's example@1.0.0 does not match the checksum that Backlot knows",
    })
    expect(inCache()).toEqual([])
  })

  test('is refused when the line was cut, and leaves nothing', async () => {
    registry = await startRegistry('cut')
    await expect(fetchExample(registry.integrity)).rejects.toMatchObject({ code: 'BACKLOT_DOWNLOAD_FAILED' })
    expect(inCache()).toEqual([])
  })

  test('is not aimed elsewhere by a surrounding npm run', async () => {
    registry = await startRegistry()
    const around = { npm_config_local_prefix: '/nowhere', npm_config_workspace: 'x', npm_config_dry_run: 'true' }
    const unpacked = await fetchExample(registry.integrity, around)
    expect(existsSync(join(unpacked, 'npm', 'node_modules', 'example', 'file'))).toBe(true)
  })

  test('without a registry, the error shows no credentials', async () => {
    registry = await startRegistry()
    const dead = registry.url.replace('http://', 'http://me:swordfish@').replace(/\d+\/$/, '1/')
    const error = await fetchExample(registry.integrity, { npm_config_registry: dead }).catch((thrown) => thrown)
    expect(error).toMatchObject({
      code: 'BACKLOT_DOWNLOAD_FAILED',
      hint: expect.stringContaining('npm view example@1.0.0'),
    })
    expect(error.message).not.toContain('swordfish')
  })
})
