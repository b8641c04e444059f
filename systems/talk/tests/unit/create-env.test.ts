import { asValue } from 'awilix'
import { expect, test } from 'vitest'
import type { Layer } from '../../src/container.ts'
import { createEnv } from '../harness/index.ts'

test('an unknown layer is an error that lists the known ones', async () => {
  const unmock = ['persistense' as Layer]
  await expect(createEnv({ unmock })).rejects.toThrow(
    'unmock: persistense is no layer. The layers are: persistence, bluesky, twitter.',
  )
})

test('a real layer without its variables is an error that names them', async () => {
  await expect(createEnv({ unmock: ['persistence'] })).rejects.toThrow('persistence needs DATABASE__URL in variables')
  await expect(createEnv({ unmock: ['bluesky'] })).rejects.toThrow('bluesky needs ATPROTO_PDS_URL, ATPROTO_PLC_URL')
})

test('services live as long as the request, clients as long as the process', async () => {
  await using env = await createEnv()
  const another = env.container.createScope<typeof env.container.cradle>()
  expect(env.get('loginService')).toBe(env.get('loginService'))
  expect(another.cradle.loginService).not.toBe(env.get('loginService'))
  expect(another.cradle.blueskyClient).toBe(env.get('blueskyClient'))
  expect(another.cradle.persistence).toBe(env.get('persistence'))
})

test('two environments share nothing', async () => {
  await using one = await createEnv()
  await using two = await createEnv()
  expect(one.get('persistence')).not.toBe(two.get('persistence'))
})

test('anything can be replaced', async () => {
  const now = new Date('2030-01-01T00:00:00Z')
  await using env = await createEnv({ replace: { clock: asValue({ now: () => now }) } })
  expect(env.get('clock').now()).toBe(now)
})
