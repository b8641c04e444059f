import type { MatcherContext, Outcome } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { display, section } from '../../expect/index.ts'
import { type Duration, formatDuration, parseDuration, waitUntil } from '../../wait/index.ts'
import { readWaiting, type WaitingOptions } from '../matchers/wait-options.ts'
import type { HeldConnection, PoolLook, PoolSource } from './contract.ts'
import { type ConnectionCounts, equal, readCounts } from './counts.ts'
import { heldLines, lookLine, useLine } from './describe.ts'

/** What can be asserted on a pool. Every matcher looks at once, then again when something changes, until its deadline. */
export interface PoolMatchers {
  /** All connections are in use and somebody waits for one. Seen from the server alone: all are in use. */
  toBeExhausted(context: MatcherContext, options?: WaitingOptions): Promise<Outcome>
  /** It has so many connections: `{ total: 5, idle: 0, waiting: 1 }`. */
  toHaveConnections(context: MatcherContext, counts: ConnectionCounts, options?: WaitingOptions): Promise<Outcome>
  /** One connection was checked out so often since the pool is watched. Default: 2. */
  toHaveReused(context: MatcherContext, times?: number, options?: WaitingOptions): Promise<Outcome>
  /** Everybody has got a connection, and nobody waited longer for one: `'50 ms'`. */
  toAcquireWithin(context: MatcherContext, limit: Duration, options?: WaitingOptions): Promise<Outcome>
  /** Every connection was given back, without an open transaction, and nobody waits for one. */
  toHaveNoLeaks(context: MatcherContext, options?: WaitingOptions): Promise<Outcome>
}

/** Where nothing is pushed, the server is asked again after so many milliseconds. */
const recheckMs = 20

/** An event comes while the pool is still at work on it. */
const echoesMs = [1, 5]

interface Seen {
  readonly look: PoolLook
  readonly held: readonly HeldConnection[]
}

function unknownHere(matcher: string, source: PoolSource): BacklotError {
  return new BacklotError('BACKLOT_USAGE', `${matcher} needs a pool of node-postgres: ${source.name} does not tell`, {
    hint: 'hand pool() the app’s own Pool; seen from the server there are connections, not who asked for them',
  })
}

/** Makes the matchers of a pool. */
export function poolMatchers(source: PoolSource): PoolMatchers {
  interface Question {
    readonly wanted: string
    readonly holds: (seen: Seen) => boolean
    /** What to say besides the numbers. */
    readonly more?: (seen: Seen) => readonly string[]
    /** The sessions that are held are of interest only to some, and cost a question to the server. */
    readonly askHeld?: boolean
  }

  async function ask(
    context: MatcherContext,
    matcher: string,
    options: WaitingOptions | undefined,
    { wanted, holds, more = () => [], askHeld = false }: Question,
  ): Promise<Outcome> {
    const { not } = context
    const { deadlineMs, holdsForMs } = readWaiting(context, matcher, options)
    const waited = await waitUntil<Seen, void>({
      what: source.name,
      evaluate: async () => {
        const held = askHeld ? await source.held() : []
        return { look: await source.look(), held }
      },
      holds: (seen) => holds(seen) !== not,
      subscribe: source.subscribe ?? (() => () => {}),
      deadlineMs,
      holdsForMs,
      echoesMs,
      ...(source.subscribe === undefined ? { recheckMs } : {}),
    })
    if (waited.held) return { pass: !not, message: () => '' }
    const { look } = waited.value
    const held = askHeld ? waited.value.held : await source.held()
    const lines = [
      `Expected ${source.name} ${wanted}`,
      `but it has ${lookLine(look, source.max)} (waited ${formatDuration(waited.waitedMs)})`,
      ...more(waited.value),
      ...section('Held:', held.flatMap(heldLines), 40),
    ]
    return { pass: not, message: () => lines.join('\n') }
  }

  return {
    toBeExhausted(context, options) {
      const { max } = source
      if (max === undefined) {
        throw new BacklotError(
          'BACKLOT_USAGE',
          `toBeExhausted needs to know how many connections ${source.name} may open`,
          {
            hint: 'write pool(db, { max: 5 }), or hand pool() the app’s own pool',
          },
        )
      }
      return ask(context, 'toBeExhausted', options, {
        wanted: `${context.not ? 'not ' : ''}to be exhausted`,
        holds: ({ look: { total, idle, waiting } }) => total - idle >= max && waiting !== 0,
      })
    },
    toHaveConnections(context, counts, options) {
      const wanted = readCounts(counts)
      const differing = (look: PoolLook): readonly string[] =>
        wanted
          .filter(([name, expected]) => !equal(look[name], expected))
          .map(
            ([name, expected]) =>
              `  ✗ ${name}: ${look[name] ?? 'cannot be seen from the server'}, expected ${display(expected)}`,
          )
      return ask(context, 'toHaveConnections', options, {
        wanted: `${context.not ? 'not ' : ''}to have ${wanted.map(([name, number]) => `${name}: ${display(number)}`).join(', ')}`,
        holds: ({ look }) => differing(look).length === 0,
        more: ({ look }) => (context.not ? [] : differing(look)),
      })
    },
    toHaveReused(context, times = 2, options) {
      const { uses } = source
      if (uses === undefined) throw unknownHere('toHaveReused', source)
      if (!Number.isInteger(times) || times < 1) {
        throw new BacklotError(
          'BACKLOT_USAGE',
          `toHaveReused takes how often a connection was checked out, not ${display(times)}`,
          {
            hint: 'for example toHaveReused(3)',
          },
        )
      }
      return ask(context, 'toHaveReused', options, {
        wanted: `${context.not ? 'not ' : ''}to have checked out one connection ${times === 1 ? 'once' : `${times} times`}`,
        holds: () => uses().some((use) => use.times >= times),
        more: () => section('Connections:', uses().map(useLine)),
      })
    },
    async toAcquireWithin(context, limit, options) {
      const { waits } = source
      if (waits === undefined) throw unknownHere('toAcquireWithin', source)
      const limitMs = parseDuration(limit, 'the limit')
      const late = (): readonly number[] => {
        const { done, under } = waits()
        return [...done, ...under].filter((ms) => ms > limitMs)
      }
      return ask(context, 'toAcquireWithin', options, {
        wanted: `${context.not ? 'not ' : ''}to give everybody a connection within ${formatDuration(limitMs)}`,
        holds: () => late().length === 0 && waits().under.length === 0,
        more: () => {
          const slowest = late()
            .toSorted((a, b) => b - a)
            .slice(0, 5)
            .map(formatDuration)
          return slowest.length === 0
            ? []
            : [`${late().length} of ${waits().done.length + waits().under.length} waited longer: ${slowest.join(', ')}`]
        },
      })
    },
    toHaveNoLeaks: (context, options) =>
      ask(context, 'toHaveNoLeaks', options, {
        wanted: context.not ? 'to have a connection that was not given back' : 'to have every connection given back',
        holds: ({ look, held }) => held.length === 0 && (look.waiting ?? 0) === 0,
        askHeld: true,
      }),
  }
}
