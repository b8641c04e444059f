import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands between a feed and the server, and can keep to itself what each says of its position. */
export interface Relay {
  readonly port: number
  /** How often the feed has asked, or told where it stands. */
  readonly asked: () => number
  /** Resolves when the feed asks next. */
  nextAsked(): Promise<void>
  /** Neither side hears of the other's position from here on. */
  silence(): void
  speak(): void
  /** Tells the feed that the server is at a position, as the server does. */
  tell(position: bigint, replyWanted: boolean): void
  close(): void
}

const copyData = 'd'.charCodeAt(0)

/** Takes whole messages of the protocol off a stream: a letter, and the length of what follows with its own four bytes. */
function messages(handle: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 5 && rest.length >= 1 + rest.readUInt32BE(1)) {
      const end = 1 + rest.readUInt32BE(1)
      handle(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
  }
}

const isCopy = (message: Buffer, kind: string): boolean => message[0] === copyData && message[5] === kind.charCodeAt(0)

/** Relays one connection to a server. */
export async function openRelay(to: { readonly host: string; readonly port: number }): Promise<Relay> {
  let silent = false
  let asked = 0
  let wake: (() => void)[] = []
  let feed: Socket | undefined
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: to.host, port: to.port, noDelay: true })
    feed = client
    const close = (): void => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) socket.on('error', close).on('close', close)
    const fromFeed = messages((message) => {
      if (isCopy(message, 'r')) {
        asked += 1
        for (const resolve of wake.splice(0)) resolve()
        if (silent) return
      }
      upstream.write(message)
    })
    // The first message of a connection has no letter.
    client.once('data', (startup) => {
      upstream.write(startup)
      client.on('data', fromFeed)
    })
    upstream.on(
      'data',
      messages((message) => {
        if (!(silent && isCopy(message, 'k'))) client.write(message)
      }),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    asked: () => asked,
    nextAsked: () =>
      new Promise((resolve) => {
        wake = [...wake, resolve]
      }),
    silence() {
      silent = true
    },
    speak() {
      silent = false
    },
    tell(position, replyWanted) {
      const message = Buffer.alloc(23)
      message.writeUInt8(copyData, 0)
      message.writeUInt32BE(22, 1)
      message.write('k', 5)
      message.writeBigUInt64BE(position, 6)
      message.writeUInt8(replyWanted ? 1 : 0, 22)
      feed?.write(message)
    },
    close: () => server.close(),
  }
}
