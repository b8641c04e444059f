import { createServer } from 'node:net'
import { isBacklotError } from '../../errors/index.ts'

/** How often another port is tried when somebody was faster. */
const mostPorts = 10

/** A port of 127.0.0.1 that is free at this moment; whoever uses it must be ready to lose the race and ask for another. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen({ host: '127.0.0.1', port: 0, exclusive: true }, () => {
      const address = probe.address()
      probe.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port)
        else reject(new Error('no port'))
      })
    })
  })
}

/**
 * Starts something on a free port, and on another one when the port was taken in between.
 *
 * @param start fails with a `BacklotError` whose details hold the server's own words
 * @returns what was started, and its port
 */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<readonly [T, number]> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    try {
      return [await start(port), port]
    } catch (error) {
      const taken = isBacklotError(error) && /address already in use/i.test(error.details ?? '')
      if (!taken || attempt === mostPorts) throw error
    }
  }
}
