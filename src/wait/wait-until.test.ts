import { expect, test } from 'vitest'
import { handDrivenTimers, quiet } from '../../tests/hand-driven-timers.ts'
import { type WaitOptions, waitUntil } from './index.ts'

/** A source driven by hand: what a look finds, and events. */
function source(first: number) {
  const listeners = new Set<(event: string) => void>()
  const state = { value: first, looks: 0, subscribed: 0 }
  return {
    state,
    emit(event: string) {
      for (const listener of listeners) listener(event)
    },
    subscribe(listener: (event: string) => void) {
      state.subscribed += 1
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    listeners,
  }
}

function begin(of: ReturnType<typeof source>, more: Partial<WaitOptions<number, string>> = {}) {
  const timers = handDrivenTimers()
  const result = waitUntil<number, string>({
    what: 'the number',
    evaluate: async () => {
      of.state.looks += 1
      return of.state.value
    },
    holds: (value) => value === 1,
    subscribe: of.subscribe,
    timers,
    ...more,
  })
  return { timers, result }
}

test('looks at once and is content', async () => {
  const of = source(1)
  const { result } = begin(of)
  expect(await result).toEqual({ held: true, value: 1, events: [], waitedMs: 0, inFlight: [] })
  expect(of.state.looks).toBe(1)
  expect(of.listeners.size).toBe(0)
})

test('looks again at an event, and not in between', async () => {
  const of = source(0)
  const { timers, result } = begin(of)
  await timers.pass(3000)
  expect(of.state.looks).toBe(1)
  of.emit('a')
  await timers.pass(10)
  expect(of.state.looks).toBe(2)
  of.state.value = 1
  of.emit('b')
  expect(await result).toMatchObject({ held: true, value: 1, events: ['a', 'b'], waitedMs: 3010 })
})

test('subscribes before the first look, so that no event is lost between the two', async () => {
  const of = source(0)
  const { result } = begin(of, {
    evaluate: async () => {
      of.state.looks += 1
      const seen = of.state.value
      if (of.state.looks === 1) {
        of.state.value = 1
        of.emit('during the first look')
      }
      return seen
    },
  })
  expect(await result).toMatchObject({ held: true, value: 1, events: ['during the first look'] })
})

test('never looks twice at the same time: events during a look lead to one more', async () => {
  const of = source(0)
  const pending: (() => void)[] = []
  const { result } = begin(of, {
    evaluate: async () => {
      of.state.looks += 1
      await new Promise<void>((resolve) => {
        pending.push(resolve)
      })
      return of.state.value
    },
  })
  for (const event of ['a', 'b', 'c']) of.emit(event)
  await quiet()
  expect(of.state.looks).toBe(1)
  pending[0]?.()
  await quiet()
  expect(of.state.looks).toBe(2)
  of.state.value = 1
  pending[1]?.()
  expect(await result).toMatchObject({ held: true, events: ['a', 'b', 'c'] })
  expect(of.state.looks).toBe(2)
})

test('at the deadline it looks a last time and gives that look', async () => {
  const of = source(0)
  const { timers, result } = begin(of, { deadlineMs: 100 })
  of.emit('a')
  await timers.pass(100)
  expect(await result).toEqual({ held: false, value: 0, events: ['a'], waitedMs: 100, inFlight: [] })
  expect(of.state.looks).toBe(3)
  expect(of.listeners.size).toBe(0)
})

test('waits 5 s if nobody says otherwise', async () => {
  const { timers, result } = begin(source(0))
  await timers.pass(5000)
  expect(await result).toMatchObject({ held: false, waitedMs: 5000 })
})

test('a source without a feed is looked at again and again', async () => {
  const of = source(0)
  const { timers, result } = begin(of, { recheckMs: 250 })
  await timers.pass(1000)
  expect(of.state.looks).toBe(5)
  of.state.value = 1
  await timers.pass(250)
  expect(await result).toMatchObject({ held: true, waitedMs: 1250 })
})

test('an event that runs ahead of what can be seen is looked after', async () => {
  const of = source(0)
  const { timers, result } = begin(of, { echoesMs: [1, 4] })
  await timers.pass(1000)
  expect(of.state.looks).toBe(3)
  of.emit('committed, not yet seen')
  await timers.pass(3)
  of.state.value = 1
  await timers.pass(2)
  expect(await result).toMatchObject({ held: true, waitedMs: 1005 })
  expect(of.state.looks).toBe(6)
})

test('a rejected look ends the wait with its error', async () => {
  const of = source(0)
  const { result } = begin(of, { evaluate: () => Promise.reject(new Error('no such table')) })
  await expect(result).rejects.toThrow('no such table')
  expect(of.listeners.size).toBe(0)
})

test('a look that never comes back is given up', async () => {
  let signal: AbortSignal | undefined
  const { timers, result } = begin(source(0), {
    deadlineMs: 100,
    evaluate: (given) => {
      signal = given
      return new Promise(() => {})
    },
  })
  const failure = expect(result).rejects.toThrowErrorMatchingInlineSnapshot(`
    [BacklotError: the number did not answer within 100 ms [BACKLOT_TIMEOUT]
      → something may hold a lock on it: end open transactions before asserting]
  `)
  await timers.pass(1100)
  await failure
  expect(signal?.aborted).toBe(true)
})

test('the last look counts when a later one does not come back', async () => {
  const of = source(0)
  const { timers, result } = begin(of, {
    deadlineMs: 100,
    evaluate: () => {
      of.state.looks += 1
      return of.state.looks === 1 ? Promise.resolve(0) : new Promise(() => {})
    },
  })
  of.emit('a')
  await timers.pass(1100)
  expect(await result).toMatchObject({ held: false, value: 0, events: ['a'] })
})

test('an absence counts only when nothing is in flight', async () => {
  const of = source(1)
  const flights = [['a request'], ['a request'], []]
  const { timers, result } = begin(of, { inFlight: async () => flights.shift() ?? [] })
  await quiet()
  expect(of.state.looks).toBe(0)
  await timers.pass(10)
  expect(await result).toMatchObject({ held: true, inFlight: [] })
  expect(of.state.looks).toBe(1)
})

test('a commit while things settle is looked at', async () => {
  const of = source(1)
  let flights = ['a request']
  const { timers, result } = begin(of, { inFlight: async () => flights, deadlineMs: 100 })
  await quiet()
  of.state.value = 0
  of.emit('the request committed')
  flights = []
  await timers.pass(100)
  expect(await result).toMatchObject({ held: false, value: 0 })
})

test('a commit during the look that found nothing leads to another look', async () => {
  const of = source(1)
  const { timers, result } = begin(of, {
    inFlight: async () => [],
    deadlineMs: 100,
    evaluate: async () => {
      of.state.looks += 1
      const seen = of.state.value
      if (of.state.looks === 1) {
        of.state.value = 0
        of.emit('committed')
      }
      return seen
    },
  })
  await timers.pass(100)
  expect(await result).toMatchObject({ held: false, value: 0 })
})

test('what is in flight at the deadline is told, and proves nothing', async () => {
  const { timers, result } = begin(source(1), { inFlight: async () => ['a request'], deadlineMs: 100 })
  await timers.pass(100)
  expect(await result).toMatchObject({ held: false, value: 1, inFlight: ['a request'] })
})

test('commits without end prove nothing either', async () => {
  const of = source(1)
  const { timers, result } = begin(of, {
    inFlight: async () => [],
    deadlineMs: 0,
    evaluate: async () => {
      of.emit('again')
      return 1
    },
  })
  await timers.pass(0)
  expect(await result).toMatchObject({ held: false, inFlight: ['commits, one after the other'] })
})

test('what holds must go on holding', async () => {
  const of = source(1)
  const { timers, result } = begin(of, { holdsForMs: 500, deadlineMs: 100 })
  await timers.pass(400)
  of.emit('something else')
  await timers.pass(100)
  expect(await result).toMatchObject({ held: true, waitedMs: 500, events: ['something else'] })
})

test('what ceases to hold is told at once', async () => {
  const of = source(1)
  const { timers, result } = begin(of, { holdsForMs: 500 })
  await timers.pass(200)
  of.state.value = 2
  of.emit('a row came')
  expect(await result).toMatchObject({ held: false, value: 2, brokenAfterMs: 200 })
})
