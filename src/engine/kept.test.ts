import { expect, test } from 'vitest'
import type { Service } from '../contracts/index.ts'
import { openingCommand } from './kept.ts'

const never = (): never => {
  throw new Error('not called')
}
const silent: Service = {
  kind: 'x',
  host: 'file:///x',
  check: never,
  plan: never,
  build: never,
  open: never,
  environment: never,
}
const opening: Service = {
  ...silent,
  commands: [{ name: 'psql', summary: 'opens it', opensFailed: '--failed', run: never }],
}

test('the command names the service only where several have it', () => {
  expect(openingCommand({ db: opening, cache: silent }, 'db')).toBe('npx backlot psql --failed')
  expect(openingCommand({ db: opening, events: opening }, 'events')).toBe('npx backlot psql events --failed')
  expect(openingCommand({ db: opening, cache: silent }, 'cache')).toBeUndefined()
})
