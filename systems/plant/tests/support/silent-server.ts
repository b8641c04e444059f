import { createServer, type Socket } from 'node:net'

/** A server that takes connections and never says a word, as behind a firewall that drops packets. */
export interface SilentServer extends AsyncDisposable {
  readonly url: string
}

/** Opens one on a free port of loopback. */
export async function openSilentServer(): Promise<SilentServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    // Who gives up may do so rudely.
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `postgresql://plant@127.0.0.1:${port}/plant`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
