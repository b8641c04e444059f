import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { InviteStatus } from '../domain/models.ts'
import type { Provider } from '../domain/values.ts'

type Timestamp = ColumnType<Date, Date, Date>
type NullableTimestamp = ColumnType<Date | null, Date | null | undefined, Date | null>
type Json = JSONColumnType<Readonly<Record<string, unknown>>>
type NullableJson = ColumnType<Readonly<Record<string, unknown>> | null, string | null, string | null>

/** Columns of `users`. */
export interface UsersTable {
  id: Generated<string>
  handle: string
  avatar_url: string | null
  email: string | null
  bio: string | null
  karma: Generated<number>
  invite_quota: Generated<number>
  created_at: Timestamp
  updated_at: Generated<Date>
}

/** Columns of `user_identities`. */
export interface UserIdentitiesTable {
  id: Generated<string>
  user_id: string
  provider: Provider
  provider_user_id: string
  handle: string
  is_primary: Generated<boolean>
  created_at: Timestamp
  last_login_at: NullableTimestamp
}

/** Columns of `invites`. */
export interface InvitesTable {
  id: Generated<string>
  inviter_id: string
  provider: Provider
  invitee_provider_id: string
  invitee_handle: string
  invitee_name: string | null
  token: string
  status: Generated<InviteStatus>
  created_at: Timestamp
  expires_at: Timestamp
  accepted_at: NullableTimestamp
  accepted_by_user_id: string | null
  revoked_at: NullableTimestamp
}

/** Columns of `sessions`. */
export interface SessionsTable {
  id: Generated<string>
  user_id: string
  created_at: Timestamp
  expires_at: Timestamp
  revoked_at: NullableTimestamp
}

/** Columns of `oauth_sessions`. */
export interface OAuthSessionsTable {
  state: string
  provider: Provider
  pkce_verifier: string
  issuer: string | null
  did: string | null
  dpop_private_jwk: NullableJson
  dpop_nonces: Json
  auth_method: NullableJson
  invite_token: string | null
  created_at: Timestamp
  expires_at: Timestamp
}

/** The tables of talk, as Kysely and Backlot's probes read them. */
export interface Database {
  users: UsersTable
  user_identities: UserIdentitiesTable
  invites: InvitesTable
  sessions: SessionsTable
  oauth_sessions: OAuthSessionsTable
}
