import { SignJWT, UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { createEnv, type Env } from '../harness/index.ts'
import { createTestClock } from '../support/clock.ts'
import { addUser, logIn, person } from '../support/login.ts'

const refused = { code: 'not-signed-in' }

async function signIn(env: Env) {
  await addUser(env, person('ada'))
  const { session, user } = await logIn(env, person('ada'))
  return { session, user, token: await env.get('sessionService').issue(session) }
}

test('a token stands for its user for 30 days', async () => {
  const clock = createTestClock()
  await using env = await createEnv({ replace: clock.registration })
  const { token, user, session } = await signIn(env)
  const { authenticate } = env.get('sessionService')
  expect(await authenticate(token)).toEqual({ user, session })
  clock.advance(30 * 24 * 60 - 1)
  expect(await authenticate(token)).toMatchObject({ user })
  clock.advance(1)
  await expect(authenticate(token)).rejects.toMatchObject(refused)
})

test('a token is over once its session was ended', async () => {
  await using env = await createEnv()
  const { token } = await signIn(env)
  const { authenticate, logout } = env.get('sessionService')
  await logout(token)
  await expect(authenticate(token)).rejects.toMatchObject(refused)
  await logout(token)
  await logout(null)
})

test('a token that talk did not sign as it does is worth nothing', async () => {
  await using env = await createEnv()
  const { token, session } = await signIn(env)
  const claims = { iss: 'talk', sub: session.userId, jti: session.id, exp: Math.floor(Date.now() / 1000) + 60 }
  const sign = (alg: string, key: Uint8Array, changes: object = {}) =>
    new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg }).sign(key)
  const key = env.get('jwtKey')
  const forged = [
    null,
    '',
    'not.a.token',
    `${token.slice(0, -4)}AAAA`,
    new UnsecuredJWT(claims).encode(),
    await sign('HS256', new TextEncoder().encode('another secret of the same length!!')),
    await sign('HS512', key),
    await sign('HS256', key, { iss: 'elsewhere' }),
    await sign('HS256', key, { jti: 'no uuid' }),
    await sign('HS256', key, { jti: '00000000-0000-4000-8000-000000000000' }),
    await sign('HS256', key, { sub: '00000000-0000-4000-8000-000000000000' }),
    await sign('HS256', key, { exp: undefined }),
  ]
  const { authenticate } = env.get('sessionService')
  for (const wrong of forged) await expect(authenticate(wrong), String(wrong)).rejects.toMatchObject(refused)
  expect(await authenticate(await sign('HS256', key))).toMatchObject({ session })
})
