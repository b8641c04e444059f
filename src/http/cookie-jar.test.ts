import { expect, test } from 'vitest'
import { createCookieJar } from './cookie-jar.ts'

test('a cookie is replaced by name and path, and its value may hold anything but a semicolon', () => {
  const jar = createCookieJar(() => 0)
  jar.store(['a=1; Path=/', 'a=2; Path=/x', 'b=x=y=='], '/login')
  jar.store(['a=3; path=/'], '/login')
  expect(jar.header('/')).toBe('b=x=y==; a=3')
  expect(jar.header('/x/y')).toBe('a=2; b=x=y==; a=3')
})

test('a cookie goes to its path and below, not beside it', () => {
  const jar = createCookieJar(() => 0)
  jar.store(['a=1; Path=/admin', 'b=2', 'c=3; Path=nonsense'], '/shop/cart')
  expect(jar.header('/admin')).toBe('a=1')
  expect(jar.header('/admin/users')).toBe('a=1')
  expect(jar.header('/administrator')).toBeUndefined()
  expect(jar.header('/shop/other')).toBe('b=2; c=3')
  expect(jar.header('/shopping')).toBeUndefined()
})

test('cookies expire by the clock that was given; Max-Age wins over Expires', () => {
  let now = Date.UTC(2030, 0, 1)
  const jar = createCookieJar(() => now)
  jar.store(
    [
      'a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      'b=2; Expires=Tue, 01 Jan 2030 00:00:30 GMT',
      'c=3',
      'd=4; Max-Age=soon',
    ],
    '/',
  )
  expect(jar.header('/')).toBe('a=1; b=2; c=3; d=4')
  now += 30_000
  expect(jar.header('/')).toBe('a=1; c=3; d=4')
  now += 30_000
  expect(jar.header('/')).toBe('c=3; d=4')
  jar.store(['c=; Max-Age=0', 'd=; Max-Age=-1'], '/')
  expect(jar.header('/')).toBeUndefined()
})

test('what is no cookie is left alone', () => {
  const jar = createCookieJar(() => 0)
  jar.store(['', '=x', 'novalue', ';Path=/'], '/')
  expect(jar.header('/')).toBeUndefined()
})
