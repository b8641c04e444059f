import { describe, expect, test } from 'vitest'
import { BacklotError } from '../../errors/index.ts'
import { onFreePort } from './free-port.ts'

const failure = (details: string) => new BacklotError('BACKLOT_SERVER_START_FAILED', 'ended', { hint: 'look', details })

describe('onFreePort', () => {
  test('asks for another port when somebody was faster', async () => {
    const tried: number[] = []
    const [started, port] = await onFreePort(async (candidate) => {
      tried.push(candidate)
      if (tried.length < 3) throw failure('could not bind IPv4 address "127.0.0.1": Address already in use')
      return 'up'
    })
    expect(started).toBe('up')
    expect(tried).toHaveLength(3)
    expect(tried.at(-1)).toBe(port)
  })

  test('does not repeat another failure', async () => {
    let tries = 0
    const failed = onFreePort(async () => {
      tries += 1
      throw failure('out of memory')
    })
    await expect(failed).rejects.toMatchObject({ details: 'out of memory' })
    expect(tries).toBe(1)
  })

  test('gives up after ten ports', async () => {
    let tries = 0
    const failed = onFreePort(async () => {
      tries += 1
      throw failure('Address already in use')
    })
    await expect(failed).rejects.toMatchObject({ code: 'BACKLOT_SERVER_START_FAILED' })
    expect(tries).toBe(10)
  })
})
