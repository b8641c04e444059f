import { AssertionError } from 'node:assert'
import { expect, test } from 'vitest'
import { type MatcherContext, type Outcome, type Probe, probeMatchers } from '../contracts/index.ts'
import { callMatcher, expectProbe, isProbe, matcherNames } from './index.ts'

interface NumberMatchers {
  toBeNumber(context: MatcherContext, expected: number): Promise<Outcome>
  toSeeContext(context: MatcherContext): Outcome
}

function numberProbe(number: number): Probe<NumberMatchers> {
  return {
    [probeMatchers]: {
      async toBeNumber({ not }, expected) {
        return { pass: number === expected, message: () => `is ${number}, ${not ? 'not ' : ''}wanted ${expected}` }
      },
      toSeeContext: (context) => ({ pass: context.not, message: () => JSON.stringify(context) }),
    },
    toString: () => 'the number',
  }
}

const dispatch = (probe: unknown, name: string) => callMatcher(probe, name, { not: false }, [5])

test('a probe brings its matchers along', () => {
  expect(isProbe(numberProbe(5))).toBe(true)
  expect([null, undefined, 5, {}, 'x'].map(isProbe)).toEqual([false, false, false, false, false])
  expect(matcherNames(numberProbe(5))).toEqual(['toBeNumber', 'toSeeContext'])
})

test('asserts without a runner, with .not too', async () => {
  await expectProbe(numberProbe(5)).toBeNumber(5)
  await expectProbe(numberProbe(5)).not.toBeNumber(6)
  await expect(expectProbe(numberProbe(5)).toBeNumber(6)).rejects.toThrow('is 5, wanted 6')
  const failure: unknown = await expectProbe(numberProbe(5))
    .not.toBeNumber(5)
    .catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(AssertionError)
  expect(failure).toMatchObject({ message: 'is 5, not wanted 5', operator: 'not.toBeNumber' })
})

test('hands the deadline on', async () => {
  await expect(expectProbe(numberProbe(5), { timeoutMs: 70 }).toSeeContext()).rejects.toThrow(
    '{"not":false,"timeoutMs":70}',
  )
})

test('what is no probe, or has no such matcher, is refused', async () => {
  await expect(dispatch(5, 'toHaveRow')).rejects.toThrowErrorMatchingInlineSnapshot(`
    [BacklotError: toHaveRow needs a probe between the parentheses of expect [BACKLOT_USAGE]
      → for example: await expect(db.table('users')).toHaveRow({ id: 1 })]
  `)
  await expect(dispatch(numberProbe(5), 'toBeNumbers')).rejects.toThrowErrorMatchingInlineSnapshot(`
    [BacklotError: the number has no matcher toBeNumbers [BACKLOT_USAGE]
      → did you mean toBeNumber?]
  `)
  await expect(dispatch(numberProbe(5), 'toHaveMessage')).rejects.toThrowErrorMatchingInlineSnapshot(`
    [BacklotError: the number has no matcher toHaveMessage [BACKLOT_USAGE]
      → it has: toBeNumber, toSeeContext]
  `)
})
