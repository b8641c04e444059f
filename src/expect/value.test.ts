import { expect, test } from 'vitest'
import { type MatcherContext, type Outcome, type Probe, probeMatchers, type Service } from '../contracts/index.ts'
import { createExpect, matcherNames, valueProbe } from './index.ts'

interface EvenMatchers {
  toBeEven(context: MatcherContext): Outcome
}

interface LargeMatchers {
  toBeLargerThan(context: MatcherContext, least: number): Outcome
}

function service<Matchers extends object>(probeOf?: (value: unknown) => Probe<Matchers>): Service<unknown, Matchers> {
  const never = () => Promise.reject(new Error('not of interest here'))
  return {
    kind: 'numbers',
    host: '',
    check: never,
    plan: never,
    build: never,
    open: never,
    environment: () => ({}),
    ...(probeOf && { probeOf }),
  }
}

const even = service<EvenMatchers>((value) => ({
  [probeMatchers]: { toBeEven: () => ({ pass: Number(value) % 2 === 0, message: () => `${value} is odd` }) },
  toString: () => 'the number',
}))
const large = service<LargeMatchers>((value) => ({
  [probeMatchers]: {
    toBeLargerThan: (_, least) => ({ pass: Number(value) > least, message: () => `${value} is not above ${least}` }),
  },
  toString: () => 'the number',
}))

test('services bring matchers for values', async () => {
  const bound = createExpect({ even, large, none: service() })
  await bound(4).toBeEven()
  await bound(4).toBeLargerThan(3)
  await bound(3).not.toBeEven()
  await expect(bound(3).toBeEven()).rejects.toThrow('3 is odd')
  await expect(bound(3).toBeLargerThan(5)).rejects.toThrow('3 is not above 5')
})

test('a probe keeps its own', async () => {
  const probe: Probe<EvenMatchers> = {
    [probeMatchers]: { toBeEven: () => ({ pass: false, message: () => 'its own' }) },
    toString: () => 'a probe',
  }
  await expect(createExpect({ even })(probe).toBeEven()).rejects.toThrow('its own')
})

test('where no service brings any, there are none', () => {
  expect(valueProbe({ none: service() }, 5)).toBeUndefined()
  expect(Object.keys(createExpect({ none: service() })(5))).toEqual([])
  expect(matcherNames(valueProbe({ even, large }, undefined) ?? expect.fail('no probe'))).toEqual([
    'toBeEven',
    'toBeLargerThan',
  ])
})
