import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { ProgressEvent } from '../../../src/contracts/index.ts'
import { cached, fetchPythonWheel, lookForWheel, type PinnedWheel } from '../../../src/provision/index.ts'
import { findPip } from '../../../src/provision/pip.ts'
import { loopback } from './certificate.ts'
import { exampleFile, exampleWheel, type IndexOptions, startIndex, type WheelIndex } from './wheel-index.ts'

let folder: string
let progress: ProgressEvent[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backlot-wheel-'))
  progress = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Settings = Readonly<Record<string, string>>
const unreachable: Settings = { PIP_INDEX_URL: 'http://me:swordfish@127.0.0.1:1/simple' }

async function index(options: IndexOptions = {}): Promise<WheelIndex> {
  const started = await startIndex(options)
  onTestFinished(() => started.close())
  return started
}
/** An index that has the project at another version alone. */
const otherIndex = () => index({ file: 'example_wheel-0.9.0-cp312-cp312-manylinux_2_28_x86_64.whl' })

/** A machine that knows nothing but what is said here. */
function machine(path: string | undefined, settings: Settings) {
  const pyenv = process.env.PYENV_ROOT ?? join(process.env.HOME ?? '/', '.pyenv')
  return { PATH: path, HOME: folder, PYENV_ROOT: pyenv, PIP_NO_CACHE_DIR: '1', ...settings }
}

function pinned(sha256: string): PinnedWheel {
  return { project: 'example-wheel', version: '1.0.0', file: exampleFile, sha256, megabytes: 1 }
}

/** Fetches into a cache. */
async function fetchOn(env: ReturnType<typeof machine>, sha256: string): Promise<string> {
  const options = { env, progress: (event: ProgressEvent) => progress.push(event), what: 'Example 1.0' }
  const make = async (draft: string) => {
    await fetchPythonWheel(join(draft, 'wheel'), pinned(sha256), options)
  }
  return join(await cached({ cache: join(folder, 'cache'), key: 'example', what: 'Example 1.0', make }), 'wheel')
}
const inCache = () => readdirSync(join(folder, 'cache')).filter((name) => name !== 'locks')

const pip = { who: 'pip', path: process.env.PATH, says: 'pip' }
const noPip = { who: 'a machine without pip', path: '/nowhere', says: 'Backlot (there is no pip)' }
const ways = (await findPip(process.env)) === undefined ? [noPip] : [pip, noPip]

describe.each(ways)('a wheel, by $who', ({ path, says }) => {
  const fetchExample = (sha256: string, settings: Settings) => fetchOn(machine(path, settings), sha256)
  const look = (settings: Settings) => lookForWheel(pinned(''), machine(path, settings))

  test('comes from the index that the user has set, with progress, whatever other work is set up for', async () => {
    const { url, sha256 } = await index()
    const around = { PIP_REQUIREMENT: '/nowhere', PIP_CONSTRAINT: 'x', PIP_TARGET: '/nowhere', PIP_DEST: '/nowhere' }
    const unpacked = await fetchExample(sha256, { PIP_INDEX_URL: url, ...around })
    expect(readFileSync(join(unpacked, exampleFile)).equals(exampleWheel())).toBe(true)
    const what = 'downloading Example 1.0 from the Python package index (1 MB)'
    expect(progress).toEqual([{ what }, { what, finished: true }])
  })

  test('comes from the indexes of the user’s pip.conf, with their credentials', async () => {
    const [{ url, sha256, seen }, other] = [await index(), await otherIndex()]
    const withUser = url.replace('//', '//me:swordfish@')
    const global = `[global]\n# ours\nindex_url: ${other.url}\n`
    const more = `[download]\nextra-index-url =\n  ${withUser}\n[freeze]\nindex-url = none\n`
    mkdirSync(join(folder, '.config', 'pip'), { recursive: true })
    writeFileSync(join(folder, '.config', 'pip', 'pip.conf'), global + more)
    await fetchExample(sha256, {})
    expect(other.asked).toEqual(['/simple/example-wheel/'])
    expect(seen.at(-1)).toBe(`Basic ${Buffer.from('me:swordfish').toString('base64')}`)
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
    const cut = fetchExample(sha256, { PIP_INDEX_URL: url })
    await expect(cut).rejects.toMatchObject({ code: 'BACKLOT_DOWNLOAD_FAILED' })
    expect(inCache()).toEqual([])
  })

  test('without an index, the error says why and shows no credentials', async () => {
    const error = await fetchExample('', unreachable).catch((thrown) => thrown)
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
    const { url } = await otherIndex()
    expect(await look({ PIP_INDEX_URL: url })).toMatchObject({
      missing: expect.stringContaining(`${says} cannot find example-wheel==1.0.0: `),
    })
    const dead = await look(unreachable)
    expect(dead).toMatchObject({ hint: expect.stringContaining('check the connection') })
    expect(dead?.missing).toMatch(/ECONNREFUSED|Connection refused/)
    expect(dead?.missing).not.toContain('swordfish')
  })
})

describe('without pip, a wheel comes', () => {
  const fetchExample = (sha256: string, settings: Settings) => fetchOn(machine('/nowhere', settings), sha256)

  test('from an index whose pages are JSON', async () => {
    const { url, sha256 } = await index({ pages: 'json' })
    await fetchExample(sha256, { PIP_INDEX_URL: url })
  })

  test('by way of the proxy and of redirects', async () => {
    const { origin, sha256, asked } = await index()
    await fetchExample(sha256, { PIP_INDEX_URL: 'http://index.invalid/moved', http_proxy: origin, no_proxy: '' })
    expect(asked).toEqual([
      'http://index.invalid/moved/example-wheel/',
      'http://index.invalid/simple/example-wheel/',
      `http://index.invalid/files/${exampleFile}`,
    ])
  })

  test('from a host whose certificate the user has named, or that the user trusts', async () => {
    const { url, sha256 } = await index({ tls: loopback })
    const certificate = join(folder, 'cert.pem')
    writeFileSync(certificate, loopback.cert)
    const untrusted = fetchExample(sha256, { PIP_INDEX_URL: url })
    await expect(untrusted).rejects.toMatchObject({ summary: expect.stringContaining('certificate') })
    const lookWith = (settings: Settings) =>
      lookForWheel(pinned(''), machine('/nowhere', { PIP_INDEX_URL: url, ...settings }))
    expect(await lookWith({ PIP_TRUSTED_HOST: 'pypi.invalid' })).toHaveProperty('missing')
    expect(await lookWith({ PIP_TRUSTED_HOST: '127.0.0.1' })).toBeUndefined()
    await fetchExample(sha256, { PIP_INDEX_URL: url, PIP_CERT: certificate })
  })

  test('never with the index’s credentials shown to another host', async () => {
    const elsewhere = await index()
    const { url, seen } = await index({ movedTo: elsewhere.origin })
    const settings = { PIP_INDEX_URL: url.replace('//', '//me:swordfish@').replace('/simple', '/moved') }
    await fetchExample(elsewhere.sha256, settings)
    expect(seen).toEqual([expect.stringContaining('Basic ')])
    expect(elsewhere.seen).toEqual([undefined, undefined])
  })
})
