import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'

/** One file of a tar archive, see POSIX ustar: a header of 512 bytes, then the contents in blocks of 512. */
function tarEntry(path: string, text: string): Buffer {
  const header = Buffer.alloc(512)
  const body = Buffer.from(text)
  header.write(path, 0)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        0', 148)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)])
}

export interface Registry {
  readonly url: string
  /** Of the one package that it has. */
  readonly integrity: string
  /** `authorization` headers that were sent. */
  readonly seen: (string | undefined)[]
  close(): Promise<void>
}

/**
 * A registry with one package, `example@1.0.0`.
 *
 * @param behaviour `cut` closes the line in the middle of the tarball
 */
export async function startRegistry(behaviour: 'whole' | 'cut' = 'whole'): Promise<Registry> {
  const manifest = { name: 'example', version: '1.0.0' }
  const padding = createHash('sha512').update('padding').digest('hex').repeat(200)
  const entries = [tarEntry('package/package.json', JSON.stringify(manifest)), tarEntry('package/file', padding)]
  const tarball = gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]))
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  const seen: (string | undefined)[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization)
    if (request.url?.endsWith('.tgz')) {
      response.writeHead(200, { 'content-length': tarball.length })
      if (behaviour === 'whole') response.end(tarball)
      else response.write(tarball.subarray(0, tarball.length / 2), () => response.destroy())
      return
    }
    const dist = { tarball: `http://${request.headers.host}/example-1.0.0.tgz`, integrity }
    const versions = { '1.0.0': { ...manifest, dist } }
    response.end(JSON.stringify({ name: 'example', 'dist-tags': { latest: '1.0.0' }, versions }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  return {
    url: `http://127.0.0.1:${address.port}/`,
    integrity,
    seen,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
