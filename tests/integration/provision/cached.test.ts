import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cached, findCached } from '../../../src/provision/index.ts'

const ordinaryUser = fileURLToPath(new URL('./programs/ordinary-user.ts', import.meta.url))
let cache: string
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'backlot-cache-'))
})
afterEach(() => rmSync(cache, { recursive: true, force: true }))

const thing = (make: (folder: string) => Promise<void>) => cached({ cache, key: 'thing-1', what: 'a thing', make })
const contents = (folder: string) => writeFile(join(folder, 'contents'), 'good')
const things = () => readdirSync(cache).filter((name) => name !== 'locks')

describe('cached', () => {
  test('makes a thing once', async () => {
    let made = 0
    const make = async (folder: string) => {
      made += 1
      await contents(folder)
    }
    const folders = await Promise.all([thing(make), thing(make), thing(make)])
    expect(new Set(folders)).toEqual(new Set([join(cache, 'thing-1')]))
    expect(made).toBe(1)
    expect(readFileSync(join(cache, 'thing-1', 'contents'), 'utf8')).toBe('good')
  })

  test('a failed attempt leaves nothing, and the next one is free to succeed', async () => {
    const failed = thing(async (folder) => {
      await contents(folder)
      throw new Error('cut')
    })
    await expect(failed).rejects.toThrow('cut')
    expect(things()).toEqual([])
    await thing(contents)
    expect(await findCached(cache, 'thing-1')).toBe(join(cache, 'thing-1'))
  })

  test('what a killed process left half-made is neither used nor kept', async () => {
    mkdirSync(join(cache, 'thing-1'))
    writeFileSync(join(cache, 'thing-1', 'contents'), 'half')
    mkdirSync(join(cache, '.thing-1.abcdef'))
    expect(await findCached(cache, 'thing-1')).toBeUndefined()
    await thing(contents)
    expect(readFileSync(join(cache, 'thing-1', 'contents'), 'utf8')).toBe('good')
    expect(things()).toEqual(['thing-1'])
  })

  test.each(['{"format":99}', '{"form', ''])('a marker of %j does not count', async (marker) => {
    mkdirSync(join(cache, 'thing-1'))
    writeFileSync(join(cache, 'thing-1', 'backlot.json'), marker)
    expect(await findCached(cache, 'thing-1')).toBeUndefined()
  })

  test('a folder that cannot be made is named, with the way out', async () => {
    const file = join(cache, 'file')
    writeFileSync(file, '')
    const failed = cached({ cache: join(file, 'cache'), key: 'thing', what: 'a thing', make: contents })
    await expect(failed).rejects.toMatchObject({
      code: 'BACKLOT_CACHE_UNUSABLE',
      summary: expect.stringContaining(join(file, 'cache')),
      hint: 'set BACKLOT_CACHE_DIR to a folder that you may write',
    })
  })

  test('a folder of somebody else is named', () => {
    const said = execFileSync(process.execPath, [ordinaryUser], { cwd: '/', encoding: 'utf8' })
    expect(JSON.parse(said)).toEqual({ root: false, code: 'BACKLOT_CACHE_UNUSABLE' })
  })

  test.runIf(process.getuid?.() === 0 && process.platform === 'linux')(
    'a full disk is named, and left as it was',
    async () => {
      const disk = join(cache, 'disk')
      mkdirSync(disk)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk])
      try {
        const big = (folder: string) => writeFile(join(folder, 'contents'), Buffer.alloc(1024 * 1024))
        await expect(cached({ cache: disk, key: 'thing', what: 'a thing', make: big })).rejects.toMatchObject({
          code: 'BACKLOT_DISK_FULL',
          hint: 'make room there, or set BACKLOT_CACHE_DIR to a folder on another disk',
        })
        expect(readdirSync(disk)).toEqual(['locks'])
      } finally {
        execFileSync('umount', [disk])
      }
      expect(existsSync(disk)).toBe(true)
    },
  )
})
