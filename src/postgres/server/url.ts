import { BacklotError } from '../../errors/index.ts'
import type { Connection } from '../contract.ts'

/**
 * Reads a connection URL.
 *
 * @param source where it comes from, for messages: `BACKLOT_DB_URL`, `option url`
 * @throws BACKLOT_CONFIG_INVALID when it is none; the message does not repeat it, since it may hold a password
 */
export function connectionFromUrl(text: string, source: string): Connection {
  const connection = readUrl(text)
  if (connection !== undefined) return connection
  throw new BacklotError('BACKLOT_CONFIG_INVALID', `${source} is not a URL of a Postgres server with a user`, {
    hint: 'write postgresql://user:password@host:5432/database',
  })
}

function readUrl(text: string): Connection | undefined {
  try {
    const url = new URL(text)
    if (!['postgres:', 'postgresql:'].includes(url.protocol) || url.username === '') return undefined
    const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname.replace(/^\[|\]$/g, ''))
    const user = decodeURIComponent(url.username)
    return {
      host: host === '' ? 'localhost' : host,
      port: Number(url.port || (url.searchParams.get('port') ?? 5432)),
      user,
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(url.pathname.slice(1)) || user,
    }
  } catch {
    // Not a URL, or a percent sign that stands for nothing.
    return undefined
  }
}
