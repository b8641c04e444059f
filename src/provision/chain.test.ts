import { describe, expect, test } from 'vitest'
import { BacklotError } from '../errors/index.ts'
import { inspect, type Link, obtain } from './chain.ts'

const lacking = (name: string): Link<string> => ({
  name,
  look: async () => ({ missing: `no ${name}`, hint: `get ${name}` }),
  tryObtain: async () => ({ missing: `no ${name}`, hint: `get ${name}` }),
})
const serving = (name: string): Link<string> => ({
  name,
  look: async () => ({ serves: `a ${name}` }),
  tryObtain: async () => ({ value: name }),
})
const failing = (name: string, error: Error): Link<string> => ({
  name,
  look: () => Promise.reject(error),
  tryObtain: () => Promise.reject(error),
})
const download = new BacklotError('BACKLOT_DOWNLOAD_FAILED', 'the line was cut', { hint: 'try again' })
const full = new BacklotError('BACKLOT_DISK_FULL', 'no room', { hint: 'make room' })

describe('obtain', () => {
  test('takes the first link that serves', async () => {
    expect(await obtain('it', [lacking('url'), serving('cache'), serving('registry')])).toEqual({
      value: 'cache',
      link: 'cache',
    })
  })

  test('names every link and its reason when none serves', async () => {
    await expect(obtain('Postgres 18', [lacking('url'), lacking('cache')])).rejects.toMatchObject({
      code: 'BACKLOT_PROVIDER_EXHAUSTED',
      summary: 'nothing could provide Postgres 18',
      details: '  url: no url; get url\n  cache: no cache; get cache',
    })
  })

  test('goes on after a link that failed', async () => {
    expect((await obtain('it', [failing('registry', download), serving('container')])).link).toBe('container')
  })

  test('a failure outweighs what is only missing, and every reason is told', async () => {
    await expect(
      obtain('it', [lacking('url'), failing('registry', download), lacking('container')]),
    ).rejects.toMatchObject({
      code: 'BACKLOT_DOWNLOAD_FAILED',
      summary: 'the line was cut',
      details:
        '  url: no url; get url\n  registry: the line was cut; try again\n  container: no container; get container',
    })
  })

  test('the only link’s failure is told once', async () => {
    await expect(obtain('it', [failing('url', download)])).rejects.toBe(download)
  })

  test('what the user must mend is not hidden by the next link', async () => {
    await expect(obtain('it', [failing('registry', full), serving('container')])).rejects.toBe(full)
  })

  test('a defect is not taken for a missing link', async () => {
    const defect = new TypeError('undefined is not a function')
    await expect(obtain('it', [failing('registry', defect), serving('container')])).rejects.toBe(defect)
  })
})

test('inspect reports every link', async () => {
  expect(await inspect([lacking('url'), serving('cache'), failing('registry', download)])).toEqual([
    { link: 'url', serves: false, finding: 'no url', hint: 'get url' },
    { link: 'cache', serves: true, finding: 'a cache' },
    { link: 'registry', serves: false, finding: 'the line was cut', hint: 'try again' },
  ])
})
