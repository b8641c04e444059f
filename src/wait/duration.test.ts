import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from './index.ts'

test.for([
  [250, 250],
  [0, 0],
  ['500 ms', 500],
  ['500ms', 500],
  ['5 s', 5000],
  ['1.5s', 1500],
  ['2 min', 120_000],
])('%s', ([written, ms]) => {
  expect(parseDuration(written, 'timeout')).toBe(ms)
})

test.for([['5'], ['5 sec'], ['-1 s'], [-1], [Number.NaN], [Number.POSITIVE_INFINITY], [null], [undefined], [{}], ['']])(
  'refuses %s',
  ([written]) => {
    expect(() => parseDuration(written, 'timeout')).toThrow(/BACKLOT_CONFIG_INVALID/)
  },
)

test('says how to write it', () => {
  expect(() => parseDuration('5 sec', 'holdsFor')).toThrowErrorMatchingInlineSnapshot(`
    [BacklotError: holdsFor is not a span of time: '5 sec' [BACKLOT_CONFIG_INVALID]
      → write milliseconds as a number, or '500 ms', '5 s', '2 min']
  `)
})

test.for([
  [0.4, '0 ms'],
  [312.2, '312 ms'],
  [999.7, '1 s'],
  [5000, '5 s'],
  [1254, '1.25 s'],
  [150_000, '2.5 min'],
] as const)('%s ms reads %s', ([ms, text]) => {
  expect(formatDuration(ms)).toBe(text)
})
