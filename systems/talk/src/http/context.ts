import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import type { SignedIn } from '../application/sessions.ts'
import type { Container, Cradle } from '../container.ts'

/** Name of the cookie that holds the signed token. */
export const authCookie = 'auth_token'

/** What a request carries along. */
export interface TalkVariables {
  Variables: { readonly scope: Container; readonly signedIn: SignedIn }
}

/** A request of talk. */
export type TalkContext = Context<TalkVariables>

/** Gives every request a scope of the container and clears it away at the end. */
export function scoped(container: Container): ReturnType<typeof createMiddleware<TalkVariables>> {
  return createMiddleware<TalkVariables>(async (context, next) => {
    const scope = container.createScope<Cradle>()
    context.set('scope', scope)
    try {
      await next()
    } finally {
      await scope.dispose()
    }
  })
}

/** The token of a request: from the cookie, or as a bearer for clients that are not browsers. */
export function tokenOf(context: Context): string | null {
  const bearer = /^Bearer (.+)$/.exec(context.req.header('authorization') ?? '')?.[1]
  return bearer ?? getCookie(context, authCookie) ?? null
}

/** Lets only signed-in people through. Throws TalkError `not-signed-in`. */
export const signedIn: ReturnType<typeof createMiddleware<TalkVariables>> = createMiddleware<TalkVariables>(
  async (context, next) => {
    const { sessionService } = context.var.scope.cradle
    context.set('signedIn', await sessionService.authenticate(tokenOf(context)))
    await next()
  },
)
