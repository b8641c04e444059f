import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { ProgressEvent } from '../../../src/contracts/index.ts'
import { cached, fetchPythonWheel, lookForWheel, type PinnedWheel } from '../../../src/provision/index.ts'
import { exampleFile, exampleWheel, type IndexOptions, startIndex, type WheelIndex } from './wheel-index.ts'

let folder: string
let progress: ProgressEvent[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backlot-wheel-'))
  progress = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function index(options: IndexOptions = {}): Promise<WheelIndex> {
  const started = await startIndex(options)
  onTestFinished(() => started.close())
  return started
}

const runs = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0

const ways = [
  { who: 'pip', path: process.env.PATH, says: 'pip', there: runs('pip', '--version') },
  { who: 'a machine without pip', path: '/nowhere', says: 'Backlot (there is no pip)', there: true },
] as const

for (const { who, path, says, there } of ways)
  describe.runIf(there)(`a wheel, by ${who}`, () => {
    /** Settings of a machine that knows nothing but what is said here. */
    const machine = (more: Record<string, string> = {}) => ({
      PATH: path,
      HOME: folder,
      PYENV_ROOT: process.env.PYENV_ROOT ?? join(process.env.HOME ?? '/', '.pyenv'),
      PIP_NO_CACHE_DIR: '1',
      ...more,
    })
    const pinned = (sha256: string): PinnedWheel => ({
      project: 'example-wheel',
      version: '1.0.0',
      file: exampleFile,
      sha256,
      megabytes: 1,
    })
    /** Fetches into a cache. */
    async function fetchExample(sha256: string, more: Record<string, string>): Promise<string> {
      const options = {
        env: machine(more),
        progress: (event: ProgressEvent) => progress.push(event),
        what: 'Example 1.0',
      }
      const make = async (draft: string) => {
        await fetchPythonWheel(join(draft, 'wheel'), pinned(sha256), options)
      }
      return join(await cached({ cache: join(folder, 'cache'), key: 'example', what: 'Example 1.0', make }), 'wheel')
    }
    const inCache = () => readdirSync(join(folder, 'cache')).filter((name) => name !== 'locks')
    const look = (more: Record<string, string>) => lookForWheel(pinned(''), machine(more))

    test.each(['html', 'json'] as const)(
      'comes from the index that the user has set (%s), with progress',
      async (pages) => {
        const { url, sha256 } = await index({ pages })
        const unpacked = await fetchExample(sha256, { PIP_INDEX_URL: url })
        expect(readFileSync(join(unpacked, exampleFile))).toEqual(exampleWheel())
        const what = 'downloading Example 1.0 from the Python package index (1 MB)'
        expect(progress).toEqual([{ what }, { what, finished: true }])
      },
    )

    test('comes from the index of the user’s pip.conf, with its credentials', async () => {
      const { url, sha256, seen } = await index()
      const empty = await index({ file: 'example_wheel-0.9.0-py3-none-any.whl' })
      mkdirSync(join(folder, '.config', 'pip'), { recursive: true })
      const withUser = url.replace('//', '//me:swordfish@')
      const settings = `[global]\n# ours\nindex_url: ${empty.url}\n[download]\nextra-index-url =\n  ${withUser}\n[freeze]\nindex-url = none\n`
      writeFileSync(join(folder, '.config', 'pip', 'pip.conf'), settings)
      await fetchExample(sha256, {})
      expect(empty.asked).toEqual(['/simple/example-wheel/'])
      const basic = `Basic ${Buffer.from('me:swordfish').toString('base64')}`
      expect(seen.at(-1)).toBe(basic)
    })

    test('comes from a further index when the first does not have it', async () => {
      const [empty, full] = [await index({ file: 'example_wheel-0.9.0-py3-none-any.whl' }), await index()]
      await fetchExample(full.sha256, { PIP_INDEX_URL: empty.url, PIP_EXTRA_INDEX_URL: full.url })
      expect(empty.asked).toEqual(['/simple/example-wheel/'])
    })

    test('comes by way of the proxy and of redirects', async () => {
      const { origin, sha256, asked } = await index()
      const settings = { PIP_INDEX_URL: 'http://index.invalid/moved', PIP_TRUSTED_HOST: 'index.invalid' }
      await fetchExample(sha256, { ...settings, http_proxy: origin, no_proxy: '' })
      expect(asked).toEqual([
        'http://index.invalid/moved/example-wheel/',
        'http://index.invalid/simple/example-wheel/',
        `http://index.invalid/files/${exampleFile}`,
      ])
    })

    test.runIf(runs('openssl', 'version'))('comes from a host whose certificate the user has named', async () => {
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
      const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
      spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject])
      const { url, sha256 } = await index({ tls: { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') } })
      const untrusted = fetchExample(sha256, { PIP_INDEX_URL: url })
      await expect(untrusted).rejects.toMatchObject({ summary: expect.stringMatching(/certificate/i) })
      await fetchExample(sha256, { PIP_INDEX_URL: url, PIP_CERT: cert })
    })

    test('is refused when its checksum is another, and leaves nothing', async () => {
      const { url } = await index()
      await expect(fetchExample('0'.repeat(64), { PIP_INDEX_URL: url })).rejects.toMatchObject({
        code: 'BACKLOT_DOWNLOAD_FAILED',
        summary: "the index's example-wheel==1.0.0 does not match the checksum that Backlot knows",
        hint: 'pip cache purge, then run again; if it stays, the index serves something else',
      })
      expect(inCache()).toEqual([])
    })

    test('is refused when the line was cut, and leaves nothing', async () => {
      const { url, sha256 } = await index({ behaviour: 'cut' })
      await expect(fetchExample(sha256, { PIP_INDEX_URL: url })).rejects.toMatchObject({
        code: 'BACKLOT_DOWNLOAD_FAILED',
      })
      expect(inCache()).toEqual([])
    })

    test('is not aimed elsewhere by settings for other work', async () => {
      const { url, sha256 } = await index()
      const around = {
        PIP_REQUIREMENT: '/nowhere',
        PIP_CONSTRAINT: 'none.txt',
        PIP_TARGET: '/nowhere',
        PIP_DEST: '/nowhere',
      }
      const unpacked = await fetchExample(sha256, { PIP_INDEX_URL: url, ...around })
      expect(readdirSync(unpacked)).toContain(exampleFile)
    })

    test('without an index, the error says why and shows no credentials', async () => {
      const error = await fetchExample('', { PIP_INDEX_URL: 'http://me:swordfish@127.0.0.1:1/simple' }).catch((e) => e)
      expect(error).toMatchObject({
        code: 'BACKLOT_DOWNLOAD_FAILED',
        summary: expect.stringContaining(`${says} could not download example-wheel==1.0.0 (Example 1.0): `),
      })
      expect(error.summary).toMatch(/ECONNREFUSED|Connection refused/)
      expect(error.message).not.toContain('swordfish')
      expect(inCache()).toEqual([])
    })

    test('is looked for without a download', async () => {
      const { url, asked } = await index()
      expect(await look({ PIP_INDEX_URL: url })).toBeUndefined()
      expect(asked).toEqual(['/simple/example-wheel/'])
    })

    test('that the index lacks is told, and so is an index that does not answer', async () => {
      const other = await index({ file: 'example_wheel-0.9.0-py3-none-any.whl' })
      expect(await look({ PIP_INDEX_URL: other.url })).toMatchObject({
        missing: expect.stringContaining(`${says} cannot find example-wheel==1.0.0: `),
      })
      expect(await look({ PIP_INDEX_URL: 'http://127.0.0.1:1/simple' })).toMatchObject({
        missing: expect.stringMatching(/ECONNREFUSED|Connection refused/),
        hint: expect.stringContaining('check the connection'),
      })
    })
  })
