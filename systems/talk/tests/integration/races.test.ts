import { asValue } from 'awilix'
import type { Sql } from 'backlot/postgres'
import { backlotTest } from 'backlot/vitest'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'
import { createEnv, type Env } from '../harness/index.ts'
import { atTheSameMoment } from '../support/blocked.ts'
import { failAfter, type Step } from '../support/failing.ts'
import { addUser, invite, invitee, logIn, person, startLogin } from '../support/login.ts'

const { test, expect } = backlotTest(backlot)

const [ada, bob, cat] = [person('ada'), person('bob'), person('cat')]

function realPersistence(db: { readonly url: string }): Promise<Env> {
  return createEnv({ unmock: ['persistence'], variables: { DATABASE__URL: db.url } })
}

describe('at the same moment', () => {
  test.for([
    ['by its token', true],
    ['by identity', false],
  ] as const)('of two logins with one invite, found %s, exactly one wins', async ([, byToken], { db }) => {
    await using env = await realPersistence(db)
    const [sent] = await invite(env, await addUser(env, ada), bob)
    const options = { inviteToken: byToken ? (sent?.token ?? '') : null }
    const [one, two] = [await startLogin(env, bob, options), await startLogin(env, bob, options)]
    const { finish } = env.get('loginService')
    const lock = (sql: Sql) => sql`select from invites where id = ${sent?.id} for update`

    const results = await atTheSameMoment(db, lock, 2, () => [finish('bluesky', one), finish('bluesky', two)])

    const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    expect(won).toMatchObject([{ created: true, user: { handle: bob.handle } }])
    expect(lost).toMatchObject([{ code: 'invite-used' }])
    await expect(db.table('users')).toHaveCount(2)
    await expect(db.table('user_identities')).toHaveCount(2)
    await expect(db.table('sessions')).toHaveCount(1)
    await expect(db.table('invites')).toHaveRow({ id: sent?.id ?? '', accepted_by_user_id: won[0]?.user.id ?? '' })
    expect(await logIn(env, bob), 'the loser comes in as known').toMatchObject({ created: false })
  })

  test('an invite that is revoked while a login waits for it does not let anyone in', async ({ db }) => {
    await using env = await realPersistence(db)
    const [sent] = await invite(env, await addUser(env, ada), bob)
    const callback = await startLogin(env, bob)
    const lock = (sql: Sql) => sql`update invites set status = 'revoked', revoked_at = now() where id = ${sent?.id}`
    const [result] = await atTheSameMoment(db, lock, 1, () => [env.get('loginService').finish('bluesky', callback)])
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'invite-revoked' } })
    await expect(db.table('users')).not.toHaveRow({ handle: bob.handle })
  })

  test('two requests for invites do not get past the quota together', async ({ db }) => {
    await using env = await realPersistence(db)
    const inviter = await addUser(env, ada, 1)
    const { create } = env.get('inviteService')
    const lock = (sql: Sql) => sql`select from users where id = ${inviter.id} for update`
    const results = await atTheSameMoment(db, lock, 2, () => [
      create(inviter.id, [invitee(bob)]),
      create(inviter.id, [invitee(cat)]),
    ])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await expect(db.table('invites')).toHaveCount(1)
  })

  test('two requests that name the same people in another order do not lock each other out', async ({ db }) => {
    await using env = await realPersistence(db)
    const [one, two, third] = [await addUser(env, ada), await addUser(env, bob), await addUser(env, cat)]
    const guests = [person('first'), person('middle'), person('last')].map(invitee)
    const { create } = env.get('inviteService')
    // Whoever waits here for the middle one has taken its first one already.
    const lock = (
      sql: Sql,
    ) => sql`insert into invites (inviter_id, provider, invitee_provider_id, invitee_handle, token, expires_at)
        values (${third.id}, 'bluesky', 'did:plc:middle', 'middle', 'a token for the middle one', now() + interval '1 day')`
    const results = await atTheSameMoment(db, lock, 2, () => [
      create(one.id, guests),
      create(two.id, guests.toReversed()),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
    await expect(db.table('invites')).toHaveCount(3)
  })

  test('two inviters cannot both invite one person', async ({ db }) => {
    await using env = await realPersistence(db)
    const [one, two] = [await addUser(env, ada), await addUser(env, cat)]
    const { create } = env.get('inviteService')
    const results = await Promise.all([create(one.id, [invitee(bob)]), create(two.id, [invitee(bob)])])
    expect(results.map(({ created }) => created.length).sort()).toEqual([0, 1])
    await expect(db.table('invites')).toHaveCount(1)
  })
})

describe('a login that fails half way leaves nothing', () => {
  const steps: readonly Step[] = ['users.create', 'identities.create', 'invites.accept', 'sessions.create']

  test.for(steps)('after %s', async (step, { db }) => {
    await using env = await realPersistence(db)
    const [sent] = await invite(env, await addUser(env, ada), bob)
    await using failing = await createEnv({
      replace: { persistence: asValue(failAfter(env.get('persistence'), step)) },
    })
    await expect(logIn(failing, bob)).rejects.toThrow(`the power went after ${step}`)
    await expect(db.table('users')).not.toHaveRow({ handle: bob.handle })
    await expect(db.table('user_identities')).not.toHaveRow({ provider_user_id: bob.id })
    await expect(db.table('sessions')).toBeEmpty()
    await expect(db.table('invites')).toHaveRow({ id: sent?.id ?? '', status: 'pending', accepted_by_user_id: null })
    expect((await logIn(env, bob)).created).toBe(true)
  })

  test('a returning login keeps its last_login_at', async ({ db }) => {
    await using env = await realPersistence(db)
    await addUser(env, ada)
    await using failing = await createEnv({
      replace: { persistence: asValue(failAfter(env.get('persistence'), 'sessions.create')) },
    })
    await expect(logIn(failing, ada)).rejects.toThrow('the power went')
    await expect(db.table('user_identities')).toHaveRow({ provider_user_id: ada.id, last_login_at: null })
  })
})
