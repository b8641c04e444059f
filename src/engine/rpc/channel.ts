import type { Socket } from 'node:net'
import { StringDecoder } from 'node:string_decoder'
import { type BirpcReturn, createBirpc } from 'birpc'
import { BacklotError } from '../../errors/index.ts'
import { decode, encode } from './wire-error.ts'

/** Longest time a call may take: a first start can include a download. Every call has shorter deadlines of its own inside. */
const backstop = 15 * 60_000

/** Both directions of calls over one socket: JSON, one message a line. */
export interface Channel<Remote extends object> {
  readonly remote: BirpcReturn<Remote, object>
  /** Resolves when the other side is gone. */
  readonly closed: Promise<void>
  close(): void
}

/**
 * Opens a channel over a connected socket.
 *
 * @param local functions that the other side may call
 */
export function openChannel<Remote extends object>(socket: Socket, local: object): Channel<Remote> {
  const decoder = new StringDecoder('utf8')
  let pending = ''
  let lost: BacklotError | undefined
  const remote = createBirpc<Remote, object>(local, {
    post: (line: string) => {
      if (!socket.destroyed) socket.write(line)
    },
    on: (receive) => {
      socket.on('data', (chunk: Buffer) => {
        pending += decoder.write(chunk)
        let end = pending.indexOf('\n')
        if (end < 0) return
        let start = 0
        while (end >= 0) {
          receive(pending.slice(start, end))
          start = end + 1
          end = pending.indexOf('\n', start)
        }
        pending = pending.slice(start)
      })
    },
    serialize: (message: unknown) => `${encode(message)}\n`,
    deserialize: decode,
    bind: 'functions',
    onRequest: async (_request, next) => {
      if (lost !== undefined) throw lost
      await next()
    },
    timeout: backstop,
  })
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      const error = new BacklotError('BACKLOT_SUPERVISOR_UNREACHABLE', 'the connection to the supervisor was lost', {
        hint: 'run again: a new supervisor starts by itself; `backlot logs` shows what the old one said',
      })
      // Not by `$close`, after which calls would fail with birpc's own words.
      lost = error
      void Promise.all(remote.$rejectPendingCalls(({ reject }) => reject(error)))
      resolve()
    })
  })
  // An error is followed by 'close', which is what both sides act on.
  socket.on('error', () => {})
  return { remote, closed, close: () => socket.destroy() }
}
