import { expect, test } from 'vitest'
import { createEnv } from '../harness/index.ts'
import { createTestClock } from '../support/clock.ts'
import { addUser, invite, invitee, logIn, person } from '../support/login.ts'

const [ada, bob, cat] = [person('ada'), person('bob'), person('cat')]
const crowd = (size: number) => Array.from({ length: size }, (_, index) => person(`guest${index}`))

test('who is in, invited or named twice is listed as failed; the others are invited', async () => {
  await using env = await createEnv()
  const inviter = await addUser(env, ada)
  await invite(env, inviter, bob)
  const { created, failed } = await env.get('inviteService').create(inviter.id, [ada, bob, cat, cat].map(invitee))
  expect(created.map(({ inviteeHandle }) => inviteeHandle)).toEqual([cat.handle])
  expect(failed).toEqual([
    { handle: ada.handle, reason: 'already-a-user' },
    { handle: bob.handle, reason: 'already-invited' },
    { handle: cat.handle, reason: 'named-twice' },
  ])
})

test('at most ten at a time', async () => {
  await using env = await createEnv()
  const inviter = await addUser(env, ada, 100)
  const { create } = env.get('inviteService')
  await expect(create(inviter.id, crowd(11).map(invitee))).rejects.toMatchObject({ code: 'too-many-invites' })
  expect((await create(inviter.id, crowd(10).map(invitee))).created).toHaveLength(10)
})

test('the quota counts pending and accepted invites, and nobody is invited past it', async () => {
  await using env = await createEnv()
  const inviter = await addUser(env, ada)
  const [first] = await invite(env, inviter, bob, cat)
  await logIn(env, bob)
  const service = env.get('inviteService')
  expect(await service.remaining(inviter.id)).toBe(3)
  await expect(service.create(inviter.id, crowd(4).map(invitee))).rejects.toMatchObject({
    code: 'invite-quota-exceeded',
    details: { remaining: 3, needed: 4 },
  })
  expect(await service.list(inviter.id)).toHaveLength(2)
  await invite(env, inviter, ...crowd(3))
  expect(await service.remaining(inviter.id)).toBe(0)
  expect(first?.status).toBe('pending')
})

test('a revoked or expired invite gives its place back, and the person can be invited again', async () => {
  const clock = createTestClock()
  await using env = await createEnv({ replace: clock.registration, variables: { INVITE_LIFETIME_DAYS: '1' } })
  const inviter = await addUser(env, ada, 2)
  const [first] = await invite(env, inviter, bob, cat)
  const service = env.get('inviteService')
  await service.revoke(inviter.id, first?.id ?? '')
  expect(await service.remaining(inviter.id)).toBe(1)
  clock.advance(24 * 60)
  expect((await service.list(inviter.id)).map(({ status }) => status).sort()).toEqual(['expired', 'revoked'])
  expect(await service.remaining(inviter.id)).toBe(2)
  await invite(env, inviter, bob, cat)
})

test('seed users invite without a limit, and so does everyone where the quota is off', async () => {
  await using seeded = await createEnv({ variables: { INVITE_SEED_IDS: ada.id } })
  const seed = await addUser(seeded, ada)
  await invite(seeded, seed, ...crowd(8))
  expect(await seeded.get('inviteService').remaining(seed.id)).toBeNull()

  await using open = await createEnv({ variables: { INVITE_QUOTA_ENFORCED: 'false' } })
  await invite(open, await addUser(open, ada), ...crowd(8))
})

test('only a pending invite of one’s own can be taken back', async () => {
  await using env = await createEnv()
  const [inviter, other] = [await addUser(env, ada), await addUser(env, cat)]
  const [sent] = await invite(env, inviter, bob)
  const { revoke } = env.get('inviteService')
  await expect(revoke(other.id, sent?.id ?? '')).rejects.toMatchObject({ code: 'invite-not-found' })
  expect(await revoke(inviter.id, sent?.id ?? '')).toMatchObject({ status: 'revoked' })
  await expect(revoke(inviter.id, sent?.id ?? '')).rejects.toMatchObject({ code: 'invite-not-pending' })
  await expect(logIn(env, bob)).rejects.toMatchObject({ code: 'invite-revoked' })
})

test('an id that is not the provider’s is refused', async () => {
  await using env = await createEnv()
  const inviter = await addUser(env, ada)
  const wrong = env.get('inviteService').create(inviter.id, [{ provider: 'bluesky', providerId: '42', handle: 'x' }])
  await expect(wrong).rejects.toMatchObject({ code: 'invalid-value' })
})
