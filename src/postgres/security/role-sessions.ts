import { BacklotError } from '../../errors/index.ts'
import { display } from '../../expect/index.ts'
import type { ClientOptions } from '../client.ts'
import type { Connection } from '../contract.ts'
import type { HandleParts } from '../parts.ts'
import { type DatabaseSql, openSql, type SqlConnection } from '../sql.ts'
import { applySettings, become, ownRole } from './become.ts'
import { type Claims, readClaims } from './claims.ts'

/** A role: Backlot's own names stand for its roles, any other is a role of the server. */
export type RoleName = 'app' | 'owner' | (string & {})

/** Options of `db.as`. */
export interface AsOptions {
  /** Settings that hold for every statement of the session, see {@link Claims}. Default: none. */
  readonly claims?: Claims
}

/**
 * SQL under a role, see `db.as`: a tagged template, with `begin` for transactions. What it writes belongs to the test.
 */
export interface RoleSession extends DatabaseSql, AsyncDisposable {
  /** Ends the session. One that is not closed ends with its test, describe or file. */
  close(): Promise<void>
}

/** The sessions under roles of one handle. */
export interface RoleSessions {
  as(role: RoleName, options?: AsOptions): RoleSession
  push(): void
  pop(): Promise<void>
  move(): Promise<void>
  close(): Promise<void>
}

function readRole(role: unknown): string {
  if (typeof role === 'string' && role !== '') return role
  throw new BacklotError('BACKLOT_USAGE', `as takes the name of a role, not ${display(role)}`, {
    hint: "for example db.as('app', { claims: { 'app.user_id': 7 } })",
  })
}

/** How to connect as a role: what to connect to, and what to do on each new connection. */
function accessOf(parts: HandleParts, role: string, claims: unknown): { to(): Connection; options: ClientOptions } {
  const settings = readClaims(claims)
  return {
    to: () => ownRole(parts, role) ?? parts.info().observer,
    options: {
      applicationName: `db.as ${role}`,
      prepare: (client) =>
        ownRole(parts, role) === undefined
          ? become(client, parts, { role, settings }, { local: false })
          : applySettings(client, settings, false),
    },
  }
}

/** Makes `db.as`. */
export function createRoleSessions(parts: HandleParts): RoleSessions {
  interface Open {
    readonly connection: SqlConnection
    readonly depth: number
    readonly to: () => Connection
  }
  const open = new Set<Open>()
  let depth = 0

  async function end(condemned: (session: Open) => boolean): Promise<void> {
    const ended = [...open].filter(condemned)
    for (const session of ended) open.delete(session)
    await Promise.all(ended.map(({ connection }) => connection.close()))
  }

  return {
    as(role, options = {}) {
      if (parts.info().isolation === 'transaction') {
        throw new BacklotError(
          'BACKLOT_USAGE',
          'as opens a session of its own; under isolation transaction there is one session',
          {
            hint: "use isolation 'rewind' for this file",
          },
        )
      }
      const { to, options: client } = accessOf(parts, readRole(role), options.claims)
      const connection = openSql(to(), client)
      const session: Open = { connection, depth, to }
      open.add(session)
      const close = (): Promise<void> => end((one) => one === session)
      return Object.assign(connection.sql, { close, [Symbol.asyncDispose]: close })
    },
    push() {
      depth += 1
    },
    async pop() {
      const ending = depth
      depth -= 1
      await end((session) => session.depth >= ending)
    },
    async move() {
      await Promise.all([...open].map(({ connection, to }) => connection.move(to())))
    },
    close: () => end(() => true),
  }
}
