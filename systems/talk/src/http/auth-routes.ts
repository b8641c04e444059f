import { Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { z } from 'zod'
import { oauthSessionLifetime } from '../application/login.ts'
import { TalkError } from '../domain/errors.ts'
import { parseHandle, parseProvider } from '../domain/values.ts'
import { authCookie, signedIn, type TalkContext, type TalkVariables, tokenOf } from './context.ts'
import { answerInvalid } from './problem.ts'
import { userView } from './views.ts'

/** Ties a login to the browser that began it, so that nobody can be signed in to another's account by a link. */
const stateCookie = 'oauth_state'

const startSchema = z.object({
  handle: z.string().optional(),
  invite: z.string().min(1).max(255).optional(),
})

/** Login, callback, logout and who I am. */
export function authRoutes(): Hono<TalkVariables> {
  const routes = new Hono<TalkVariables>()

  routes.get('/auth/:provider/login', async (context) => {
    const provider = parseProvider(context.req.param('provider'))
    const query = startSchema.safeParse(context.req.query())
    if (!query.success) return answerInvalid(context, query.error)
    const { loginService } = context.var.scope.cradle
    const { url, state } = await loginService.start({
      provider,
      handle: query.data.handle ? parseHandle(query.data.handle) : null,
      inviteToken: query.data.invite ?? null,
    })
    setCookie(context, stateCookie, state, {
      ...cookieOptions(context),
      path: '/auth',
      maxAge: oauthSessionLifetime / 1000,
    })
    return context.redirect(url.href, 302)
  })

  routes.get('/auth/:provider/callback', async (context) => {
    const provider = parseProvider(context.req.param('provider'))
    const callback = new URL(context.req.url).searchParams
    const { loginService, sessionService, settings } = context.var.scope.cradle
    const began = getCookie(context, stateCookie)
    deleteCookie(context, stateCookie, { path: '/auth' })
    if (!began || began !== callback.get('state')) {
      throw new TalkError('oauth-session-unknown', 'This login was not begun in this browser.')
    }
    const { user, session, created } = await loginService.finish(provider, callback)
    setCookie(context, authCookie, await sessionService.issue(session), {
      ...cookieOptions(context),
      path: '/',
      expires: session.expiresAt,
    })
    if (settings.frontendUrl) return context.redirect(settings.frontendUrl, 303)
    return context.json({ user: userView(user), created }, created ? 201 : 200)
  })

  routes.post('/auth/logout', async (context) => {
    await context.var.scope.cradle.sessionService.logout(tokenOf(context))
    deleteCookie(context, authCookie, { path: '/' })
    return context.body(null, 204)
  })

  routes.get('/me', signedIn, async (context) => {
    const { identities, inviteService } = context.var.scope.cradle
    const { user } = context.var.signedIn
    return context.json({
      user: userView(user),
      identities: (await identities.listByUser(user.id)).map(({ provider, providerUserId, handle, isPrimary }) => ({
        provider,
        providerUserId,
        handle,
        isPrimary,
      })),
      invitesRemaining: await inviteService.remaining(user.id),
    })
  })

  return routes
}

function cookieOptions(context: TalkContext): { httpOnly: true; secure: boolean; sameSite: 'Lax' } {
  const { publicUrl } = context.var.scope.cradle.settings
  return { httpOnly: true, secure: publicUrl.startsWith('https://'), sameSite: 'Lax' }
}
