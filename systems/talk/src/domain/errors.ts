/**
 * Everything that can be refused, by its stable name. The HTTP status of each is in `http/problem.ts`.
 */
export type TalkErrorCode =
  | 'invalid-value'
  | 'provider-unavailable'
  | 'oauth-failed'
  | 'oauth-session-unknown'
  | 'invite-required'
  | 'invite-mismatch'
  | 'invite-used'
  | 'invite-revoked'
  | 'invite-expired'
  | 'invite-not-found'
  | 'invite-not-pending'
  | 'invite-quota-exceeded'
  | 'too-many-invites'
  | 'identity-taken'
  | 'not-signed-in'

/** A refusal that the person on the other side can understand. Anything else that is thrown is a fault of ours. */
export class TalkError extends Error {
  readonly code: TalkErrorCode
  /** Further facts for the answer's body; never a secret. */
  readonly details: Readonly<Record<string, unknown>>

  /**
   * @param code stable name
   * @param message one sentence for a person
   * @param options `details` go into the answer, `cause` only into the log
   */
  constructor(
    code: TalkErrorCode,
    message: string,
    options: { readonly details?: Readonly<Record<string, unknown>>; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'TalkError'
    this.code = code
    this.details = options.details ?? {}
  }
}
