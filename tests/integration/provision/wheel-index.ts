import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { strToU8, zipSync } from 'fflate'

/** As real wheels are called; the project is `example-wheel`. */
export const exampleFile = 'example_wheel-1.0.0-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl'

/** A wheel with a library, a file that nobody wants and its metadata. */
export function exampleWheel(): Buffer {
  const info = 'example_wheel-1.0.0.dist-info'
  const files = {
    'example_wheel/lib/thing.so': createHash('sha512').update('library').digest('hex').repeat(2000),
    'example_wheel/unwanted': 'unwanted',
    [`${info}/METADATA`]: 'Metadata-Version: 2.1\nName: example-wheel\nVersion: 1.0.0\nRequires-Dist: not-to-be-had\n',
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp312-cp312-manylinux_2_28_x86_64\n',
    [`${info}/LICENSE`]: 'free',
    [`${info}/RECORD`]: '',
  }
  const entries = Object.entries(files).map(([path, text]) => [path, strToU8(text)] as const)
  return Buffer.from(zipSync(Object.fromEntries(entries), { level: 0, mtime: '2026-01-01' }))
}

export interface IndexOptions {
  /** `cut` closes the line in the middle of the wheel. Default: whole. */
  readonly behaviour?: 'whole' | 'cut'
  /** PEP 503 or PEP 691. Default: html. */
  readonly pages?: 'html' | 'json'
  /** Name of the file. Default: the example's. */
  readonly file?: string
  /** Origin that addresses below `/moved` lead to. Default: its own. */
  readonly movedTo?: string
  readonly tls?: { readonly key: string; readonly cert: string }
}

export interface WheelIndex {
  /** `http://127.0.0.1:<port>/simple` */
  readonly url: string
  readonly origin: string
  /** SHA-256 of the one wheel that it has. */
  readonly sha256: string
  /** What was asked for: absolute addresses when it was used as a proxy. */
  readonly asked: string[]
  /** `authorization` headers that were sent. */
  readonly seen: (string | undefined)[]
  close(): Promise<void>
}

/** A package index with one project on loopback, by the simple API. It answers as a proxy too, for any host. */
export async function startIndex(options: IndexOptions = {}): Promise<WheelIndex> {
  const { behaviour = 'whole', pages = 'html', file = exampleFile, movedTo = '', tls } = options
  const wheel = exampleWheel()
  const asked: string[] = []
  const seen: (string | undefined)[] = []
  const answer: RequestListener = (request, response) => {
    const { url = '', headers } = request
    asked.push(url)
    seen.push(headers.authorization)
    const path = new URL(url, 'http://localhost').pathname
    if (path === `/files/${file}`) {
      response.writeHead(200, { 'content-length': wheel.length })
      if (behaviour === 'whole') response.end(wheel)
      else response.write(wheel.subarray(0, wheel.length / 2), () => response.destroy())
    } else if (/^\/moved\//.test(path)) {
      response.writeHead(302, { location: `${movedTo}${path.replace('/moved/', '/simple/')}` }).end()
    } else if (!/^\/simple\/[\w-]+\/$/.test(path)) {
      response.writeHead(404).end()
    } else if (pages === 'json') {
      const files = [{ filename: file, url: `../../files/${file}`, hashes: {} }]
      response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json')
      response.end(JSON.stringify({ meta: { 'api-version': '1.1' }, name: 'example-wheel', files }))
    } else {
      response.setHeader('content-type', 'text/html')
      response.end(`<!DOCTYPE html><html><body><a href="../../files/${file}">${file}</a><br></body></html>`)
    }
  }
  const server = tls === undefined ? createServer(answer) : createSecureServer(tls, answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  const origin = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`
  return {
    url: `${origin}/simple`,
    origin,
    sha256: createHash('sha256').update(wheel).digest('hex'),
    asked,
    seen,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
