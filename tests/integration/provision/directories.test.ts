import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cacheDirectory, dataDirectory, runDirectory, secureDirectory } from '../../../src/provision/index.ts'

const root = process.getuid?.() === 0
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backlot-folders-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('secureDirectory', () => {
  test('makes a folder for us alone', () => {
    const path = secureDirectory(join(folder, 'ours'))
    expect(statSync(path).mode & 0o777).toBe(root ? 0o711 : 0o700)
  })
  test('closes one that was open', () => {
    mkdirSync(join(folder, 'open'))
    chmodSync(join(folder, 'open'), 0o777)
    expect(statSync(secureDirectory(join(folder, 'open'))).mode & 0o022).toBe(0)
  })
  test('follows no symbolic link', () => {
    symlinkSync('/tmp', join(folder, 'link'))
    expect(() => secureDirectory(join(folder, 'link'))).toThrow('BACKLOT_CACHE_UNUSABLE')
  })
  test.runIf(root)('takes nothing that somebody else put there', () => {
    mkdirSync(join(folder, 'theirs'))
    chownSync(join(folder, 'theirs'), 65534, 65534)
    expect(() => secureDirectory(join(folder, 'theirs'))).toThrow('BACKLOT_CACHE_UNUSABLE')
  })
})

describe('cacheDirectory', () => {
  const home = '/usr'
  test('BACKLOT_CACHE_DIR comes first', async () => {
    expect(await cacheDirectory({ BACKLOT_CACHE_DIR: '/a/b', XDG_CACHE_HOME: '/c', HOME: home })).toBe('/a/b')
  })
  test('then XDG_CACHE_HOME', async () => {
    expect(await cacheDirectory({ XDG_CACHE_HOME: '/c', HOME: home })).toBe('/c/backlot')
  })
  test('a relative XDG_CACHE_HOME is invalid', async () => {
    expect(await cacheDirectory({ XDG_CACHE_HOME: 'c', HOME: home })).not.toContain('/c/backlot')
  })
  test('then the home folder', async () => {
    const expected = process.platform === 'darwin' ? '/usr/Library/Caches/backlot' : '/usr/.cache/backlot'
    expect(await cacheDirectory({ HOME: home })).toBe(expected)
  })
  test.runIf(root)('root moves out of a home that its servers cannot enter', async () => {
    chmodSync(folder, 0o700)
    expect(await cacheDirectory({ HOME: folder })).toBe('/var/cache/backlot')
  })
})

test('each project has its own short run directory, and data beside or in memory', async () => {
  const [one, other] = [join(folder, 'one'), join(folder, 'other')]
  const runs = await Promise.all([runDirectory(one), runDirectory(other), runDirectory(one)])
  const data = dataDirectory(runs[0])
  try {
    expect(runs[0]).toBe(runs[2])
    expect(runs[0]).not.toBe(runs[1])
    // Room for `/pg-12345678/.s.PGSQL.12345` within the 104 bytes of a socket's path.
    expect(runs[0].length).toBeLessThan(76)
    expect(data.startsWith('/dev/shm/') || data.startsWith(runs[0])).toBe(true)
  } finally {
    for (const path of [...runs, data]) rmSync(path, { recursive: true, force: true })
  }
})
