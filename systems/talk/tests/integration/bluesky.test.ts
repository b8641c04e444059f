import { backlotTest } from 'backlot/vitest'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'
import { createEnv, type Env } from '../harness/index.ts'
import { openBrowser } from '../support/browser.ts'
import { addUser, invite } from '../support/login.ts'
import { plcDid } from '../support/pds/accounts.ts'
import { type FakePds, startFakePds } from '../support/pds/server.ts'

const { test, expect } = backlotTest(backlot)

const ada = { id: plcDid('ada'), handle: 'ada.example.com' }
const bob = { id: plcDid('bob'), handle: 'bob.example.com' }

/** Third level: the database and Bluesky's own client are real; only the server that it talks to stands in. */
async function realBluesky(db: { readonly url: string }, pds: FakePds): Promise<Env> {
  const variables = { DATABASE__URL: db.url, ATPROTO_PDS_URL: pds.origin, ATPROTO_PLC_URL: pds.origin }
  return await createEnv({ unmock: ['persistence', 'bluesky'], variables })
}

const startPds = () =>
  startFakePds([
    { did: ada.id, handle: ada.handle },
    { did: bob.id, handle: bob.handle, avatar: 'https://cdn.example.com/bob', description: 'Builds boats' },
  ])

describe('with the real Bluesky client', () => {
  test('an invited person comes in, with picture and description', async ({ db }) => {
    await using pds = await startPds()
    await using env = await realBluesky(db, pds)
    const [sent] = await invite(env, await addUser(env, ada), bob)
    const browser = openBrowser(env.app)

    const left = await browser.get(`/auth/bluesky/login?handle=${bob.handle}&invite=${sent?.token}`)
    await expect(db.table('oauth_sessions')).toHaveRow({ did: bob.id, issuer: pds.origin })
    const back = await browser.get(await pds.decide(new URL(left.headers.get('location') ?? ''), 'approve'))

    expect([back.status, await back.json()]).toMatchObject([201, { user: { handle: bob.handle }, created: true }])
    await expect(db.table('users')).toHaveRow({
      handle: bob.handle,
      avatar_url: 'https://cdn.example.com/bob',
      bio: 'Builds boats',
    })
    await expect(db.table('invites')).toHaveRow({ id: sent?.id ?? '', status: 'accepted' })
    await expect(db.table('oauth_sessions')).toBeEmpty()
    expect(pds.tokens.size, 'tokens left in force').toBe(0)
    expect((await browser.get('/me')).status).toBe(200)
  })

  test('without an invite nobody comes in, however real the account', async ({ db }) => {
    await using pds = await startPds()
    await using env = await realBluesky(db, pds)
    const browser = openBrowser(env.app)
    const left = await browser.get(`/auth/bluesky/login?handle=${bob.handle}`)
    const back = await browser.get(await pds.decide(new URL(left.headers.get('location') ?? ''), 'approve'))
    expect(back.status).toBe(403)
    await expect(db.table('users')).not.toHaveRow({ handle: bob.handle })
  })

  test('the login goes on after a restart: DPoP key and nonce come from the database', async ({ db }) => {
    await using pds = await startPds()
    const browserState = { url: new URL('about:blank'), cookie: '' }
    {
      await using before = await realBluesky(db, pds)
      await addUser(before, ada)
      const browser = openBrowser(before.app)
      const left = await browser.get(`/auth/bluesky/login?handle=${ada.handle}`)
      browserState.url = await pds.decide(new URL(left.headers.get('location') ?? ''), 'approve')
      browserState.cookie = `oauth_state=${browser.cookie('oauth_state')}`
    }
    await using after = await realBluesky(db, pds)
    const response = await after.app.request(browserState.url.href, { headers: { cookie: browserState.cookie } })
    expect(response.status).toBe(200)
    expect(pds.served.filter(({ path, status }) => path === '/oauth/token' && status === 400)).toEqual([])
  })

  test('who refuses at Bluesky is not signed in', async ({ db }) => {
    await using pds = await startPds()
    await using env = await realBluesky(db, pds)
    await addUser(env, ada)
    const browser = openBrowser(env.app)
    const left = await browser.get(`/auth/bluesky/login?handle=${ada.handle}`)
    const back = await browser.get(await pds.decide(new URL(left.headers.get('location') ?? ''), 'deny'))
    expect(back.status).toBe(401)
    await expect(db.table('sessions')).toBeEmpty()
  })

  test('a handle that does not resolve begins nothing', async ({ db }) => {
    await using pds = await startPds()
    await using env = await realBluesky(db, pds)
    expect((await openBrowser(env.app).get('/auth/bluesky/login?handle=nobody.example.com')).status).toBe(401)
    await expect(db.table('oauth_sessions')).toBeEmpty()
  })
})
