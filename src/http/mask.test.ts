import { expect, test } from 'vitest'
import { maskHeader, maskJson, maskPath } from './mask.ts'

test('headers', () => {
  expect(maskHeader('Authorization', 'Bearer abc.def')).toBe('Bearer •••')
  expect(maskHeader('authorization', 'abc')).toBe('•••')
  expect(maskHeader('set-cookie', 'sid=abc; Path=/; HttpOnly')).toBe('sid=•••; Path=/; HttpOnly')
  expect(maskHeader('cookie', 'sid=abc')).toBe('•••')
  expect(maskHeader('x-api-key', 'k')).toBe('•••')
  expect(maskHeader('location', '/x')).toBe('/x')
})

test('JSON, at any depth, strings only', () => {
  expect(
    maskJson({ user: { password: 'p', name: 'n' }, list: [{ accessToken: 't' }], token: 7, client_secret: '' }),
  ).toEqual({
    user: { password: '•••', name: 'n' },
    list: [{ accessToken: '•••' }],
    token: 7,
    client_secret: '',
  })
})

test('paths', () => {
  expect(maskPath('/x?a=1&refresh_token=abc&b=2')).toBe('/x?a=1&refresh_token=•••&b=2')
  expect(maskPath('/token/abc')).toBe('/token/abc')
})
