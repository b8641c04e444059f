import type { Invite, OAuthSession, Session, User, UserIdentity } from './models.ts'
import type { Handle, Identity, Provider } from './values.ts'

/** A user to be. */
export type NewUser = Pick<User, 'handle' | 'avatarUrl' | 'email' | 'bio' | 'createdAt'> & {
  readonly inviteQuota?: number
}

/** Users. */
export interface UserRepository {
  create(user: NewUser): Promise<User>
  find(id: string): Promise<User | null>
  /** Finds a user and keeps others from changing what hangs on them until the transaction ends. */
  lock(id: string): Promise<User | null>
}

/** Accounts elsewhere. */
export interface IdentityRepository {
  /** @throws TalkError `identity-taken` when someone has it already */
  create(identity: Omit<UserIdentity, 'id'>): Promise<UserIdentity>
  find(identity: Identity): Promise<UserIdentity | null>
  listByUser(userId: string): Promise<readonly UserIdentity[]>
  /** Notes a login, and the handle that the person goes by now. */
  recordLogin(id: string, login: { readonly at: Date; readonly handle: Handle }): Promise<void>
}

/** An invite to be. */
export type NewInvite = Pick<
  Invite,
  'inviterId' | 'provider' | 'inviteeProviderId' | 'inviteeHandle' | 'inviteeName' | 'token' | 'createdAt' | 'expiresAt'
>

/** Invites. `lock...` keeps the row for the transaction: a second one waits, then sees what the first made of it. */
export interface InviteRepository {
  /** Resolves to null when the identity has a pending invite already. */
  create(invite: NewInvite): Promise<Invite | null>
  find(id: string): Promise<Invite | null>
  lockByToken(token: string): Promise<Invite | null>
  /** The pending invite of an identity, or its newest one. */
  lockForIdentity(identity: Identity): Promise<Invite | null>
  /** Newest first. */
  listByInviter(inviterId: string): Promise<readonly Invite[]>
  /** Accepts a pending invite in time; null when it is neither. */
  accept(id: string, by: { readonly userId: string; readonly at: Date }): Promise<Invite | null>
  /** Revokes a pending invite of this inviter; null when there is none. */
  revoke(id: string, inviterId: string, at: Date): Promise<Invite | null>
  /** Turns the pending invite of an identity to `expired` when it is past its time, so that there can be another one. */
  expire(identity: Identity, at: Date): Promise<boolean>
  /** How many of an inviter's invites count against the quota: accepted, and pending in time. */
  countUsed(inviterId: string, at: Date): Promise<number>
}

/** Sessions. */
export interface SessionRepository {
  create(session: Pick<Session, 'userId' | 'createdAt' | 'expiresAt'>): Promise<Session>
  find(id: string): Promise<Session | null>
  /** Ends a session. Ending it again changes nothing. */
  revoke(id: string, at: Date): Promise<void>
}

/** Logins on their way. */
export interface OAuthSessionRepository {
  save(session: OAuthSession): Promise<void>
  /** Takes a session out, so that only one caller ever gets it; null when unknown, taken or past its time. */
  take(provider: Provider, state: string, at: Date): Promise<OAuthSession | null>
  /** Removes those past their time. Resolves to how many. */
  removeExpired(at: Date): Promise<number>
}

/** All repositories, on one connection or in one transaction. */
export interface Repositories {
  readonly users: UserRepository
  readonly identities: IdentityRepository
  readonly invites: InviteRepository
  readonly sessions: SessionRepository
  readonly oauthSessions: OAuthSessionRepository
}

/** Where the repositories' data lives. */
export interface Persistence {
  /** Outside any transaction. */
  readonly repositories: Repositories
  /** Runs `work` in one transaction: all of it stays, or, when it throws, nothing. */
  transaction<T>(work: (repositories: Repositories) => Promise<T>): Promise<T>
  /** Rejects when the data cannot be reached. */
  ping(): Promise<void>
  close(): Promise<void>
}
