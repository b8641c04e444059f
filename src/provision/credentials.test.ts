import { expect, test } from 'vitest'
import { withoutCredentials } from './credentials.ts'

test.each([
  ['GET https://me:swordfish@index.example/simple/ failed', 'GET https://index.example/simple/ failed'],
  ['http://token@a/ and http://b:c@d/', 'http://a/ and http://d/'],
  ['https://index.example/@scope/name', 'https://index.example/@scope/name'],
])('%s', (text, shown) => expect(withoutCredentials(text)).toBe(shown))
