import { Hono } from 'hono'
import { z } from 'zod'
import { maximumPerRequest } from '../application/invites.ts'
import { TalkError } from '../domain/errors.ts'
import { maximumLength, parseProvider } from '../domain/values.ts'
import { signedIn, type TalkVariables } from './context.ts'
import { answerInvalid } from './problem.ts'
import { inviteView } from './views.ts'

const createSchema = z.object({
  provider: z.string().default('bluesky'),
  invitees: z
    .array(
      z.object({
        handle: z.string().min(1).max(maximumLength),
        providerId: z.string().min(1).max(maximumLength),
        name: z.string().max(maximumLength).optional(),
      }),
    )
    .min(1),
})

/** Making, listing and taking back invites. All of it is for signed-in people. */
export function inviteRoutes(): Hono<TalkVariables> {
  const routes = new Hono<TalkVariables>()

  routes.post('/invites', signedIn, async (context) => {
    const body = createSchema.safeParse(await context.req.json().catch(() => null))
    if (!body.success) return answerInvalid(context, body.error)
    const { inviteService, settings } = context.var.scope.cradle
    const provider = parseProvider(body.data.provider)
    const { created, failed } = await inviteService.create(
      context.var.signedIn.user.id,
      body.data.invitees.map((invitee) => ({ ...invitee, provider })),
    )
    const views = created.map((invite) => inviteView(invite, settings.publicUrl))
    return context.json({ created: views, failed }, created.length > 0 ? 201 : 200)
  })

  routes.get('/invites', signedIn, async (context) => {
    const { inviteService, settings } = context.var.scope.cradle
    const { user } = context.var.signedIn
    const invites = await inviteService.list(user.id)
    return context.json({
      invites: invites.map((invite) => inviteView(invite, settings.publicUrl)),
      remaining: await inviteService.remaining(user.id),
      maximumPerRequest,
    })
  })

  routes.delete('/invites/:id', signedIn, async (context) => {
    const id = z.uuid().safeParse(context.req.param('id'))
    if (!id.success) throw new TalkError('invite-not-found', 'You have no such invite.')
    await context.var.scope.cradle.inviteService.revoke(context.var.signedIn.user.id, id.data)
    return context.body(null, 204)
  })

  return routes
}
