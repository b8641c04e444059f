import { backlotTest } from 'backlot/vitest'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'

const { test, expect } = backlotTest(backlot)

const ada = '00000000-0000-4000-8000-00000000000a'
const bob = '00000000-0000-4000-8000-00000000000b'
const toBob = '00000000-0000-4000-8000-0000000000b1'

/** How Postgres says which rule was broken. */
const broken = (constraint: string) => expect.objectContaining({ constraint })

// The application is not asked: these are statements of someone who writes to the tables directly.
describe('the database itself holds', () => {
  test.beforeAll(async ({ db }) => {
    await db.sql`insert into users (id, handle) values (${ada}, 'ada'), (${bob}, 'bob')`
    await db.sql`insert into user_identities (user_id, provider, provider_user_id, handle, is_primary)
      values (${ada}, 'bluesky', 'did:plc:ada', 'ada', true), (${bob}, 'bluesky', 'did:plc:bob', 'bob', true)`
    await db.sql`insert into invites (id, inviter_id, provider, invitee_provider_id, invitee_handle, token, expires_at)
      values (${toBob}, ${ada}, 'bluesky', 'did:plc:bob', 'bob', 'the token of the invite', now() + interval '1 day')`
  })

  test('a handle has 1 to 255 characters', async ({ db }) => {
    await expect(db.sql`insert into users (handle) values ('')`).rejects.toEqual(broken('users_handle_length'))
    const long = 'a'.repeat(256)
    await expect(db.sql`insert into users (handle) values (${long})`).rejects.toEqual(broken('users_handle_length'))
    await db.sql`insert into users (handle) values (${'a'.repeat(255)})`
  })

  test('a Bluesky identity is a DID, and belongs to one user', async ({ db }) => {
    const insert = (user: string, id: string) =>
      db.sql`insert into user_identities (user_id, provider, provider_user_id, handle) values (${user}, 'bluesky', ${id}, 'x')`
    await expect(insert(bob, 'plc:x')).rejects.toEqual(broken('user_identities_bluesky_did'))
    await expect(insert(bob, `did:${'x'.repeat(252)}`)).rejects.toEqual(
      broken('user_identities_provider_user_id_length'),
    )
    await expect(insert(bob, 'did:plc:ada')).rejects.toEqual(broken('user_identities_provider_user'))
    await insert(bob, 'did:plc:other')
  })

  test('a user has one primary identity', async ({ db }) => {
    const second = db.sql`insert into user_identities (user_id, provider, provider_user_id, handle, is_primary)
      values (${ada}, 'twitter', '42', 'ada', true)`
    await expect(second).rejects.toEqual(broken('user_identities_one_primary'))
  })

  test('an identity has one pending invite', async ({ db }) => {
    const again = (token: string) =>
      db.sql`insert into invites (inviter_id, provider, invitee_provider_id, invitee_handle, token, expires_at)
        values (${bob}, 'bluesky', 'did:plc:bob', 'bob', ${token}, now() + interval '1 day')`
    await expect(again('another token entirely')).rejects.toEqual(broken('invites_one_pending_per_identity'))
    await db.sql`update invites set status = 'revoked', revoked_at = now() where id = ${toBob}`
    await expect(again('the token of the invite')).rejects.toEqual(broken('invites_token'))
    await again('another token entirely')
  })

  test('accepted, accepted_at and accepted_by come together', async ({ db }) => {
    const together = broken('invites_accepted_together')
    await expect(db.sql`update invites set status = 'accepted' where id = ${toBob}`).rejects.toEqual(together)
    await expect(db.sql`update invites set accepted_at = now() where id = ${toBob}`).rejects.toEqual(together)
    await expect(db.sql`update invites set accepted_by_user_id = ${bob} where id = ${toBob}`).rejects.toEqual(together)
    await expect(
      db.sql`update invites set status = 'accepted', accepted_at = now() where id = ${toBob}`,
    ).rejects.toEqual(together)
    await expect(db.sql`update invites set status = 'revoked' where id = ${toBob}`).rejects.toEqual(
      broken('invites_revoked_together'),
    )
  })

  test('an accepted invite cannot change, go back or go away', async ({ db }) => {
    await db.sql`update invites set status = 'accepted', accepted_at = now(), accepted_by_user_id = ${bob} where id = ${toBob}`
    const final = broken('invites_final')
    await expect(
      db.sql`update invites set status = 'pending', accepted_at = null, accepted_by_user_id = null where id = ${toBob}`,
    ).rejects.toEqual(final)
    await expect(db.sql`update invites set accepted_at = now() where id = ${toBob}`).rejects.toEqual(final)
    await expect(db.sql`update invites set invitee_name = 'Robert' where id = ${toBob}`).rejects.toEqual(final)
    await expect(db.sql`delete from invites where id = ${toBob}`).rejects.toEqual(broken('invites_accepted_stays'))
    await expect(db.table('invites')).toHaveRow({ id: toBob, status: 'accepted', accepted_by_user_id: bob })
  })

  test('a revoked or expired invite does not come back', async ({ db }) => {
    await db.sql`update invites set status = 'revoked', revoked_at = now() where id = ${toBob}`
    await expect(db.sql`update invites set status = 'pending', revoked_at = null where id = ${toBob}`).rejects.toEqual(
      broken('invites_final'),
    )
  })

  test('an invite stays with whom it is from and for', async ({ db }) => {
    const fixed = broken('invites_fixed')
    await expect(db.sql`update invites set inviter_id = ${bob} where id = ${toBob}`).rejects.toEqual(fixed)
    await expect(db.sql`update invites set invitee_provider_id = 'did:plc:eve' where id = ${toBob}`).rejects.toEqual(
      fixed,
    )
    await expect(db.sql`update invites set token = 'a token of my own choice' where id = ${toBob}`).rejects.toEqual(
      fixed,
    )
  })

  test('an invite is accepted by the identity it is for, in time, and never by its inviter', async ({ db }) => {
    await db.sql`insert into users (id, handle) values ('00000000-0000-4000-8000-00000000000e', 'eve')`
    await expect(
      db.sql`update invites set status = 'accepted', accepted_at = now(),
        accepted_by_user_id = '00000000-0000-4000-8000-00000000000e' where id = ${toBob}`,
    ).rejects.toEqual(broken('invites_accepted_by_invitee'))
    await expect(
      db.sql`update invites set status = 'accepted', accepted_at = now(), accepted_by_user_id = ${ada} where id = ${toBob}`,
    ).rejects.toEqual(broken('invites_not_for_oneself'))
    await expect(
      db.sql`update invites set status = 'accepted', accepted_at = expires_at, accepted_by_user_id = ${bob} where id = ${toBob}`,
    ).rejects.toEqual(broken('invites_accepted_in_time'))
  })

  test('a session that was ended stays so, and with its user', async ({ db }) => {
    await db.sql`insert into sessions (user_id, expires_at, revoked_at) values (${ada}, now() + interval '1 day', now())`
    await expect(db.sql`update sessions set revoked_at = null`).rejects.toEqual(broken('sessions_final'))
    await expect(db.sql`update sessions set user_id = ${bob}`).rejects.toEqual(broken('sessions_fixed'))
    await expect(
      db.sql`insert into sessions (user_id, expires_at) values (${ada}, now() - interval '1 day')`,
    ).rejects.toEqual(broken('sessions_expire_after_creation'))
  })

  test('a login on its way lives 15 minutes at most', async ({ db }) => {
    const insert = (minutes: number, did: string | null = null) =>
      db.sql`insert into oauth_sessions (state, provider, pkce_verifier, did, expires_at)
        values (${`a state of ${minutes} minutes`}, 'bluesky', ${'v'.repeat(43)}, ${did}, now() + make_interval(mins => ${minutes}))`
    await expect(insert(16)).rejects.toEqual(broken('oauth_sessions_lifetime'))
    await expect(insert(0)).rejects.toEqual(broken('oauth_sessions_lifetime'))
    await expect(insert(15, 'plc:ada')).rejects.toEqual(broken('oauth_sessions_did'))
    await insert(15, 'did:plc:ada')
  })

  test('users.updated_at moves with every change', async ({ db }) => {
    await db.sql`update users set updated_at = '2000-01-01', bio = 'Hi' where id = ${ada}`
    await expect(db.table('users')).not.toHaveRow({ id: ada, updated_at: new Date('2000-01-01T00:00:00Z') })
  })

  test('the application’s role cannot change the schema', async ({ db }) => {
    const { Client } = await import('pg')
    const client = new Client({ connectionString: db.url })
    await client.connect()
    try {
      await expect(client.query('alter table invites disable trigger invites_guard')).rejects.toThrow(/must be owner/)
    } finally {
      await client.end()
    }
  })
})
