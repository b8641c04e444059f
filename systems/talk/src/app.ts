import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { Container } from './container.ts'
import { authRoutes } from './http/auth-routes.ts'
import { scoped, type TalkVariables } from './http/context.ts'
import { inviteRoutes } from './http/invite-routes.ts'
import { answerProblem, problemOf } from './http/problem.ts'
import { blueskyClientMetadata } from './oauth/bluesky.ts'

/** Where the app tells what it does and what went wrong. */
export interface Log {
  info(line: string): void
  error(line: string, error: unknown): void
}

/** Keeps silent. */
const silent: Log = { info: () => undefined, error: () => undefined }

/**
 * Builds talk's HTTP app on a container. It does not own the container: dispose of that yourself.
 *
 * @param log gets every request when `DEBUG` is on, and every fault of ours. Default: silent
 */
export function buildApp(container: Container, log: Log = silent): Hono<TalkVariables> {
  const { settings } = container.cradle
  const app = new Hono<TalkVariables>()

  if (settings.debug) {
    // The path alone: queries hold codes and invites.
    app.use(async (context, next) => {
      const began = performance.now()
      await next()
      log.info(
        `${context.req.method} ${context.req.path} ${context.res.status} ${Math.round(performance.now() - began)} ms`,
      )
    })
  }
  app.use(secureHeaders())
  app.use(scoped(container))
  app.onError((error, context) => {
    const problem = problemOf(error)
    if (problem.status >= 500) log.error(`${context.req.method} ${context.req.path} failed`, error)
    return answerProblem(context, problem)
  })
  app.notFound((context) =>
    answerProblem(context, { type: 'about:blank', title: 'Not Found', status: 404, detail: 'There is nothing here.' }),
  )

  app.get('/health', async (context) => {
    try {
      await context.var.scope.cradle.persistence.ping()
      return context.json({ status: 'ok' })
    } catch (error) {
      log.error('the database cannot be reached', error)
      return answerProblem(context, {
        type: '/problems/unhealthy',
        title: 'Service Unavailable',
        status: 503,
        detail: 'The database cannot be reached.',
      })
    }
  })
  app.get('/oauth/client-metadata.json', (context) => context.json(blueskyClientMetadata(settings.publicUrl)))
  app.route('/', authRoutes())
  app.route('/', inviteRoutes())
  return app
}
