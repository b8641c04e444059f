import type { OAuthSession } from '../domain/models.ts'
import type { Handle, Provider } from '../domain/values.ts'

/** What a provider says about the person who has just proved who they are. */
export interface ExternalProfile {
  readonly provider: Provider
  readonly providerUserId: string
  readonly handle: Handle
  readonly avatarUrl: string | null
  readonly email: string | null
  readonly bio: string | null
}

/** The part of an {@link OAuthSession} that a client makes and wants back; when and for whom is the caller's affair. */
export type OAuthState = Omit<OAuthSession, 'provider' | 'inviteToken' | 'createdAt' | 'expiresAt'>

/** A login that has begun. */
export interface StartedLogin {
  /** Where the person's browser has to go. */
  readonly url: URL
  readonly state: OAuthState
}

/** Signs people in at one provider. Keeps nothing itself between the two steps, so any process can take the second. */
export interface OAuthClient {
  readonly provider: Provider
  /**
   * Begins a login.
   *
   * @param handle who wants in; without it the provider asks
   * @throws TalkError `oauth-failed` when the handle does not resolve or the provider refuses
   */
  start(handle: string | null): Promise<StartedLogin>
  /**
   * Ends a login with what the provider put in the query of the callback.
   *
   * @throws TalkError `oauth-failed` for a refused or forged code, another issuer or another person than it began with
   */
  finish(state: OAuthState, callback: URLSearchParams): Promise<ExternalProfile>
}
