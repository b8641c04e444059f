import type { Invite, OAuthSession, Session, User, UserIdentity } from '../../../src/domain/models.ts'

/** Rows by id. Rows are never changed, only replaced. */
export interface Tables {
  readonly users: Map<string, User>
  readonly identities: Map<string, UserIdentity>
  readonly invites: Map<string, Invite>
  readonly sessions: Map<string, Session>
  readonly oauthSessions: Map<string, OAuthSession>
}

/** No rows at all. */
export function emptyTables(): Tables {
  return { users: new Map(), identities: new Map(), invites: new Map(), sessions: new Map(), oauthSessions: new Map() }
}

/** The same rows in maps of their own, to work on without anybody seeing. */
export function copyTables(tables: Tables): Tables {
  return {
    users: new Map(tables.users),
    identities: new Map(tables.identities),
    invites: new Map(tables.invites),
    sessions: new Map(tables.sessions),
    oauthSessions: new Map(tables.oauthSessions),
  }
}

/** Brings what `changed` has otherwise than `base` into `live`, and leaves the rest of it alone. */
export function applyChanges(live: Tables, base: Tables, changed: Tables): void {
  applyTable(live.users, base.users, changed.users)
  applyTable(live.identities, base.identities, changed.identities)
  applyTable(live.invites, base.invites, changed.invites)
  applyTable(live.sessions, base.sessions, changed.sessions)
  applyTable(live.oauthSessions, base.oauthSessions, changed.oauthSessions)
}

function applyTable<Row>(live: Map<string, Row>, base: Map<string, Row>, changed: Map<string, Row>): void {
  for (const [id, row] of changed) if (base.get(id) !== row) live.set(id, row)
  for (const id of base.keys()) if (!changed.has(id)) live.delete(id)
}
