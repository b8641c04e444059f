import { expect, test } from 'vitest'
import * as entry from './index.ts'

test('the public entry has functions alone: nothing happens at its import', () => {
  for (const [name, value] of Object.entries(entry)) expect([name, typeof value]).toEqual([name, 'function'])
})

test('a service is made without a driver, a server or a file being touched', () => {
  const service = entry.postgres({ migrate: 'nowhere' })
  expect(service.kind).toBe('postgres')
  expect(service.host).toMatch(/\/postgres\/host\.(ts|js)$/)
  expect(service.commands?.map(({ name }) => name)).toEqual(['psql'])
})
