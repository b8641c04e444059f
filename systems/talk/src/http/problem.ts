import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ZodError } from 'zod'
import { TalkError, type TalkErrorCode } from '../domain/errors.ts'

/** Status and title of each refusal. */
const problems: Readonly<Record<TalkErrorCode, readonly [status: ContentfulStatusCode, title: string]>> = {
  'invalid-value': [422, 'Invalid value'],
  'provider-unavailable': [404, 'Provider not available'],
  'oauth-failed': [401, 'The provider did not confirm the login'],
  'oauth-session-unknown': [400, 'Unknown login'],
  'invite-required': [403, 'Invite required'],
  'invite-mismatch': [403, 'Invite for another account'],
  'invite-used': [409, 'Invite used'],
  'invite-revoked': [410, 'Invite revoked'],
  'invite-expired': [410, 'Invite expired'],
  'invite-not-found': [404, 'Invite not found'],
  'invite-not-pending': [409, 'Invite not pending'],
  'invite-quota-exceeded': [409, 'Invite quota exceeded'],
  'too-many-invites': [422, 'Too many invites'],
  'identity-taken': [409, 'Account taken'],
  'not-signed-in': [401, 'Not signed in'],
}

/** An answer's body by RFC 9457. */
export interface Problem {
  /** Relative URI that names the kind of problem. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail?: string
}

/** Answers with problem details (RFC 9457). */
export function answerProblem(context: Context, problem: Problem & Readonly<Record<string, unknown>>): Response {
  return context.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  })
}

/** Turns whatever a route threw into an answer. What is not a refusal of ours says nothing about its cause. */
export function problemOf(error: unknown): Problem & Readonly<Record<string, unknown>> {
  if (error instanceof TalkError) {
    const [status, title] = problems[error.code]
    return { type: `/problems/${error.code}`, title, status, detail: error.message, ...error.details }
  }
  if (error instanceof HTTPException) {
    return { type: 'about:blank', title: error.message, status: error.status }
  }
  return { type: 'about:blank', title: 'Internal Server Error', status: 500 }
}

/** Answers that the request's body or query is not as it should be, naming each place. */
export function answerInvalid(context: Context, error: ZodError): Response {
  return answerProblem(context, {
    type: '/problems/invalid-request',
    title: 'Invalid request',
    status: 422,
    detail: 'The request is not as it should be; see errors.',
    errors: error.issues.map((issue) => ({ at: issue.path.join('.'), message: issue.message })),
  })
}
