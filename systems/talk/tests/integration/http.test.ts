import { backlotTest } from 'backlot/vitest'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'
import { codeFor } from '../harness/index.ts'
import { type Person, person } from '../support/login.ts'

const { test, expect } = backlotTest(backlot)

const [ada, bob, cat] = [person('ada'), person('bob'), person('cat')]

interface Invited {
  readonly created: readonly { readonly id: string; readonly token: string; readonly url: string }[]
}

interface Client {
  get(
    path: string,
    options?: { readonly query?: Readonly<Record<string, string>> },
  ): Promise<{
    readonly status: number
    readonly headers: Headers
  }>
}

/** Leaves for the provider and comes back; resolves to the callback's answer. */
async function logIn<C extends Client>(browser: C, who: Person | 'invalid', query: Record<string, string> = {}) {
  const left = await browser.get('/auth/bluesky/login', { query })
  const state = new URL(left.headers.get('location') ?? '').searchParams.get('state') ?? ''
  const code = who === 'invalid' ? who : codeFor(who)
  return (await browser.get('/auth/bluesky/callback', { query: { state, code } })) as Awaited<ReturnType<C['get']>>
}

describe('over HTTP', () => {
  test.beforeAll(async ({ db }) => {
    await db.sql`with ada as (insert into users (handle) values (${ada.handle}) returning id)
      insert into user_identities (user_id, provider, provider_user_id, handle, is_primary)
      select id, 'bluesky', ${ada.id}, ${ada.handle}, true from ada`
  })

  test('from an invite to its acceptance', async ({ api, db }) => {
    const inviter = api.session()
    expect(await logIn(inviter, ada)).toHaveStatus(200)
    const invited = await inviter.post<Invited>('/invites', { invitees: [{ handle: bob.handle, providerId: bob.id }] })
    expect(invited).toHaveStatus(201)

    const browser = api.session()
    const link = new URL(invited.body.created[0]?.url ?? '')
    expect(await logIn(browser, bob, Object.fromEntries(link.searchParams))).toHaveStatus(201)

    expect((await browser.get<unknown>('/me')).body).toMatchObject({
      user: { handle: bob.handle },
      invitesRemaining: 5,
    })
    expect((await inviter.get<unknown>('/invites')).body).toMatchObject({
      invites: [{ status: 'accepted' }],
      remaining: 4,
    })
    await expect(db.table('users')).toHaveRow({ handle: bob.handle })
    await expect(db.table('invites')).toHaveRow({ invitee_provider_id: bob.id, status: 'accepted' })
  })

  test('without an invite: 403, and no user row', async ({ api, db }) => {
    const response = await logIn(api.session(), bob)
    expect(response).toHaveStatus(403)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    await expect(db.table('users')).not.toHaveRow({ handle: bob.handle })
  })

  test('a code that the provider refuses: 401, and no session', async ({ api, db }) => {
    expect(await logIn(api.session(), 'invalid')).toHaveStatus(401)
    await expect(db.table('sessions')).toBeEmpty()
  })

  test('logging out ends the session for every copy of its token', async ({ api, db }) => {
    const browser = api.session()
    const response = await logIn(browser, ada)
    const token = /auth_token=([^;]+)/.exec(response.headers.getSetCookie().join())?.[1] ?? ''
    expect(await api.as({ token }).get('/me')).toHaveStatus(200)
    expect(await browser.post('/auth/logout')).toHaveStatus(204)
    expect(await api.as({ token }).get('/me')).toHaveStatus(401)
    await expect(db.table('sessions')).toHaveRow({ revoked_at: expect.any(Date) })
  })

  test('the quota: five invites, the sixth is refused, and nothing of that request stays', async ({ api, db }) => {
    const inviter = api.session()
    await logIn(inviter, ada)
    const guests = (...names: string[]) => ({
      invitees: names.map(person).map(({ id, handle }) => ({ handle, providerId: id })),
    })
    expect(await inviter.post('/invites', guests('a1', 'a2', 'a3', 'a4'))).toHaveStatus(201)
    const refused = await inviter.post<unknown>('/invites', guests('b1', 'b2'))
    expect(refused).toHaveStatus(409)
    expect(refused.body).toMatchObject({ type: '/problems/invite-quota-exceeded', remaining: 1, needed: 2 })
    await expect(db.table('invites')).toHaveCount(4)
    expect(await inviter.post('/invites', guests('b1'))).toHaveStatus(201)
    const eleven = guests(...Array.from({ length: 11 }, (_, index) => `c${index}`))
    expect(await inviter.post('/invites', eleven)).toHaveStatus(422)
    await expect(db.table('invites')).toHaveCount(5)
  })

  test('who is in or invited already is listed as failed', async ({ api, db }) => {
    const inviter = api.session()
    await logIn(inviter, ada)
    const ask = (...people: Person[]) =>
      inviter.post<unknown>('/invites', { invitees: people.map(({ id, handle }) => ({ handle, providerId: id })) })
    expect(await ask(bob)).toHaveStatus(201)
    expect((await ask(ada, bob, cat)).body).toMatchObject({
      created: [{ handle: cat.handle }],
      failed: [
        { handle: ada.handle, reason: 'already-a-user' },
        { handle: bob.handle, reason: 'already-invited' },
      ],
    })
    await expect(db.table('invites')).toHaveCount(2)
  })

  test('an invite that was taken back does not let anyone in: 410', async ({ api, db }) => {
    const inviter = api.session()
    await logIn(inviter, ada)
    const { body } = await inviter.post<Invited>('/invites', { invitees: [{ handle: bob.handle, providerId: bob.id }] })
    expect(await inviter.delete(`/invites/${body.created[0]?.id}`)).toHaveStatus(204)
    expect(await logIn(api.session(), bob, { invite: body.created[0]?.token ?? '' })).toHaveStatus(410)
    await expect(db.table('users')).not.toHaveRow({ handle: bob.handle })
  })

  test('health', async ({ api }) => {
    expect(await api.get('/health')).toHaveStatus(200)
  })
})
