import { expect, test } from 'vitest'
import { BacklotError, isBacklotError } from '../../errors/index.ts'
import { decode, encode } from './wire-error.ts'

test('a BacklotError arrives with its code, cause, hint and details', () => {
  const sent = new BacklotError('BACKLOT_TIMEOUT', 'it took too long', { hint: 'wait', details: 'line 1\nline 2' })
  const received = decode(encode({ e: sent }))
  const error = (received as { e: unknown }).e
  expect(isBacklotError(error, 'BACKLOT_TIMEOUT')).toBe(true)
  expect(error).toMatchObject({ message: sent.message, summary: 'it took too long', hint: 'wait' })
})

test('any other error arrives with its message and its stack', () => {
  const sent = new TypeError('odd')
  expect(decode(encode(sent))).toMatchObject({ message: 'odd', stack: sent.stack })
})

test('what is no error stays as it is', () => {
  const value = { a: [1, null, 'x\ny'], b: { c: true } }
  expect(decode(encode(value))).toEqual(value)
})
