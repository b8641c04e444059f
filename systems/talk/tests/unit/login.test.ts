import { expect, test } from 'vitest'
import { createEnv } from '../harness/index.ts'
import { createTestClock } from '../support/clock.ts'
import { addUser, invite, logIn, person, startLogin } from '../support/login.ts'

const [ada, bob, cat] = [person('ada'), person('bob'), person('cat')]

test('an invited person comes in, and their invite is accepted', async () => {
  await using env = await createEnv()
  const inviter = await addUser(env, ada)
  const [sent] = await invite(env, inviter, bob)
  const { user, created } = await logIn(env, bob)
  expect(created).toBe(true)
  expect(user).toMatchObject({ handle: bob.handle, karma: 0, inviteQuota: 5 })
  expect(await env.get('invites').find(sent?.id ?? '')).toMatchObject({ status: 'accepted', acceptedByUserId: user.id })
})

test('the mock person comes in with any code, once invited', async () => {
  await using env = await createEnv()
  await invite(env, await addUser(env, ada), { id: 'did:plc:mock123', handle: 'user.bsky.social' })
  expect((await logIn(env, 'mock')).user.handle).toBe('user.bsky.social')
})

test('nobody comes in without an invite', async () => {
  await using env = await createEnv()
  await expect(logIn(env, bob)).rejects.toMatchObject({ code: 'invite-required' })
  expect(await env.get('identities').find({ provider: 'bluesky', providerUserId: bob.id })).toBeNull()
})

test('a token lets in the person it is for, and nobody else', async () => {
  await using env = await createEnv()
  const [sent] = await invite(env, await addUser(env, ada), bob)
  const inviteToken = sent?.token ?? ''
  await expect(logIn(env, cat, { inviteToken })).rejects.toMatchObject({ code: 'invite-mismatch' })
  await expect(logIn(env, bob, { inviteToken: 'no such token' })).rejects.toMatchObject({ code: 'invite-required' })
  expect((await logIn(env, bob, { inviteToken })).created).toBe(true)
})

test('an invite for one provider is not for another', async () => {
  await using env = await createEnv()
  const [sent] = await invite(env, await addUser(env, ada), bob)
  const login = logIn(env, { id: '42', handle: 'bob' }, { provider: 'twitter', inviteToken: sent?.token ?? '' })
  await expect(login).rejects.toMatchObject({ code: 'invite-mismatch' })
})

test('someone known comes back without an invite, under the handle of the day', async () => {
  const clock = createTestClock()
  await using env = await createEnv({ replace: clock.registration })
  await invite(env, await addUser(env, ada), bob)
  const first = await logIn(env, bob)
  clock.advance(60)
  const again = await logIn(env, { ...bob, handle: 'robert.example.com' })
  expect(again).toMatchObject({ created: false, user: { id: first.user.id } })
  expect(again.session.id).not.toBe(first.session.id)
  expect(await env.get('identities').listByUser(first.user.id)).toMatchObject([
    { handle: 'robert.example.com', lastLoginAt: clock.now() },
  ])
})

test('an invite ends with its time', async () => {
  const clock = createTestClock()
  await using env = await createEnv({ replace: clock.registration, variables: { INVITE_LIFETIME_DAYS: '2' } })
  await invite(env, await addUser(env, ada), bob, cat)
  clock.advance(2 * 24 * 60 - 1)
  expect((await logIn(env, cat)).created).toBe(true)
  clock.advance(1)
  await expect(logIn(env, bob)).rejects.toMatchObject({ code: 'invite-expired' })
})

test('a login takes at most 15 minutes, and its answer is good once', async () => {
  const clock = createTestClock()
  await using env = await createEnv({ replace: clock.registration })
  await addUser(env, ada)
  const { finish } = env.get('loginService')
  const slow = await startLogin(env, ada)
  clock.advance(15)
  await expect(finish('bluesky', slow)).rejects.toMatchObject({ code: 'oauth-session-unknown' })
  const quick = await startLogin(env, ada)
  clock.advance(14)
  expect((await finish('bluesky', quick)).created).toBe(false)
  await expect(finish('bluesky', quick)).rejects.toMatchObject({ code: 'oauth-session-unknown' })
})

test('a login that began at one provider does not end at another', async () => {
  await using env = await createEnv()
  const callback = await startLogin(env, ada)
  await expect(env.get('loginService').finish('twitter', callback)).rejects.toMatchObject({
    code: 'oauth-session-unknown',
  })
})

test('a code that the provider refuses lets nobody in', async () => {
  await using env = await createEnv()
  await invite(env, await addUser(env, ada), bob)
  await expect(logIn(env, 'invalid')).rejects.toMatchObject({ code: 'oauth-failed' })
})
