import { afterEach, expect, test, vi } from 'vitest'
import { BacklotError } from '../errors/index.ts'
import { startApp } from './app.ts'

afterEach(() => {
  vi.useRealTimers()
})

test('an app function that throws is named as such, with what it threw', async () => {
  const thrown = new TypeError('no such port')
  const failure = startApp(() => Promise.reject(thrown))
  await expect(failure).rejects.toMatchObject({ cause: thrown, details: thrown.stack })
  await expect(failure.catch((error) => `${error.message.split('\n    at')[0]}`)).resolves.toMatchInlineSnapshot(`
    "the app function threw: no such port [BACKLOT_APP_FAILED]
      → the error below comes from the app: start it by hand with the same URLs (npx backlot up prints them)
    TypeError: no such port"
  `)
  await expect(startApp(() => Promise.reject(Object('text')))).rejects.toMatchObject({
    summary: 'the app function threw: text',
  })
})

test('an error of Backlot’s own passes as it is', async () => {
  const own = new BacklotError('BACKLOT_USAGE', 'wrong', { hint: 'mend it' })
  await expect(startApp(() => Promise.reject(own))).rejects.toBe(own)
})

test('an app that never starts is named after half a minute', async () => {
  vi.useFakeTimers()
  const failure = expect(startApp(() => new Promise(() => {}))).rejects.toThrowErrorMatchingInlineSnapshot(`
    [BacklotError: the app did not start within 30 s [BACKLOT_APP_FAILED]
      → what app returned must resolve when it is ready: look for an await that never settles]
  `)
  await vi.advanceTimersByTimeAsync(30_000)
  await failure
})
