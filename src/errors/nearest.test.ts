import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

test.for([
  ['usres', 'users'],
  ['Users', 'users'],
  ['invite', 'invites'],
  ['zzz', undefined],
  ['', undefined],
] as const)('%s is nearest to %s', ([written, meant]) => {
  expect(nearest(written, ['users', 'invites', 'sessions'])).toBe(meant)
})
