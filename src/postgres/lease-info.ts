import type { Json } from '../contracts/index.ts'
import { BacklotError } from '../errors/index.ts'
import type { BaselineTarget, Connection, LeaseInfo } from './contract.ts'

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isConnection(value: unknown): value is Connection {
  return (
    isObject(value) &&
    typeof value.host === 'string' &&
    typeof value.port === 'number' &&
    typeof value.user === 'string'
  )
}

function unreadable(what: string): BacklotError {
  return new BacklotError('BACKLOT_SUPERVISOR_UNREACHABLE', `the supervisor gave no ${what} that can be read`, {
    hint: 'a supervisor of another version may be running: npx backlot down',
  })
}

/** Reads what `Lease.info` sent. */
export function readLeaseInfo(info: Json): LeaseInfo {
  const valid =
    isObject(info) && typeof info.url === 'string' && [info.owner, info.app, info.observer].every(isConnection)
  if (!valid) throw unreadable('coordinates of a database')
  return info as LeaseInfo
}

/** Reads what `Instance.baseline` sent. */
export function readTarget(target: Json): BaselineTarget {
  if (!(isObject(target) && typeof target.url === 'string' && isConnection(target.owner))) throw unreadable('baseline')
  return target as BaselineTarget
}

/** Takes a `postgresql://` URL apart. */
export function connectionOf(url: string): Connection {
  const { hostname, port, username, password, pathname } = new URL(url)
  return {
    host: decodeURIComponent(hostname).replace(/^\[|\]$/g, ''),
    port: port === '' ? 5432 : Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  }
}
