import type { ReplicationClientConfig } from 'pg-logical-replication'
import { LogicalReplicationService } from 'pg-logical-replication'
import { BacklotError } from '../../errors/index.ts'
import type { Connection } from '../contract.ts'
import type { FeedEvent } from './events.ts'
import type { Lsn } from './lsn.ts'
import { parseLsn, printLsn } from './lsn.ts'
import { TestDecoding } from './plugin.ts'
import { sessionConfig } from './session.ts'

/** What a feed reads, and whom it tells. */
export interface FeedOptions {
  readonly connection: Connection
  /** Name of the temporary slot; unique on the server. */
  readonly slot: string
  /** Called for every event in the order of the log, at once as it arrives; for a commit with the end of its record. Must not throw. */
  readonly onEvent: (event: FeedEvent, lsn: Lsn) => void
  /** Milliseconds that the start of the stream may take. A slot waits for write transactions open in any database. */
  readonly startWithin: number
  /** Names who may be in the way of a start that takes too long, one line each. */
  readonly blockers: () => Promise<readonly string[]>
}

/** One stream of everything that is committed in one database. */
export interface Feed {
  /**
   * Resolves once every commit up to a position of the log has been handed to `onEvent`.
   *
   * @param within milliseconds
   * @throws BacklotError BACKLOT_TIMEOUT when the server does not get there in time, BACKLOT_SERVER_DIED when the stream ended
   */
  reach(target: Lsn, within: number): Promise<void>
  /** Asks the server how far it is, so that the next {@link Feed.reach} need not. */
  nudge(): void
  /** Why the stream ended by itself, if it did: what was committed since is not known. */
  failure(): BacklotError | undefined
  end(): Promise<void>
}

interface Waiter {
  readonly target: Lsn
  readonly resolve: () => void
  readonly reject: (error: BacklotError) => void
}

/** A walsender that was not woken lets a waiter stand for up to 10 s; a status request wakes it (0 of 6,000 stalls then). */
const nudgeEvery = 20
/** An idle stream acknowledges what other databases wrote, so that the server need not keep it. */
const acknowledgeEvery = 1000

/** Opens the stream and waits until it flows. */
export async function openFeed(options: FeedOptions): Promise<Feed> {
  // A laptop that slept must not lose its stream: no time-out on the server's side.
  const config = sessionConfig(options.connection, { purpose: 'feed', settings: { wal_sender_timeout: '0' } })
  const service = new LogicalReplicationService({ ...config, replication: 'database' } as ReplicationClientConfig, {
    acknowledge: { auto: false, timeoutSeconds: 0 },
  })
  let handed: Lsn = 0
  let reported = '0/0'
  let failure: BacklotError | undefined
  let ended = false
  let waiters: Waiter[] = []

  function nudge(): void {
    // The library adds one byte to what it is told: 0 stands for nothing yet.
    service.acknowledge(reported, true).catch(fail)
  }
  function advance(lsn: Lsn): void {
    if (lsn > handed) handed = lsn
    if (waiters.length === 0) return
    const [arrived, waiting] = [waiters.filter((w) => w.target <= handed), waiters.filter((w) => w.target > handed)]
    waiters = waiting
    for (const waiter of arrived) waiter.resolve()
  }
  function fail(cause: unknown): void {
    if (ended || failure !== undefined) return
    const detail = cause instanceof Error ? cause.message : 'the server closed it'
    failure = new BacklotError(
      'BACKLOT_SERVER_DIED',
      `the change feed of ${options.connection.database} was lost: ${detail}`,
      {
        hint: '`backlot logs` shows why the server ended it',
        cause,
      },
    )
    const left = waiters
    waiters = []
    for (const waiter of left) waiter.reject(failure)
  }

  service.on('data', (lsn: string, event: FeedEvent) => {
    const at = parseLsn(lsn)
    options.onEvent(event, at)
    // A commit's message carries the end of its record: all commits before it have come before it.
    if (event.type === 'commit') advance(at)
  })
  service.on('heartbeat', (lsn: string, _timestamp: number, shouldRespond: boolean) => {
    reported = lsn
    advance(parseLsn(lsn))
    if (shouldRespond) service.acknowledge(lsn).catch(fail)
    else if (waiters.length > 0) nudge()
  })
  service.on('error', fail)

  await start(service, options, fail)
  const acknowledging = setInterval(nudge, acknowledgeEvery)
  acknowledging.unref()

  return {
    nudge,
    failure: () => failure,
    reach(target, within) {
      if (failure !== undefined) return Promise.reject(failure)
      if (handed >= target) return Promise.resolve()
      return new Promise<void>((resolve, reject) => {
        const nudging = setInterval(nudge, nudgeEvery)
        const deadline = setTimeout(() => {
          waiters = waiters.filter((other) => other !== waiter)
          waiter.reject(late(options.connection.database, target, handed, within))
        }, within)
        const done = (): void => {
          clearInterval(nudging)
          clearTimeout(deadline)
        }
        const waiter: Waiter = {
          target,
          resolve: () => {
            done()
            resolve()
          },
          reject: (error) => {
            done()
            reject(error)
          },
        }
        waiters.push(waiter)
        nudge()
      })
    },
    async end() {
      ended = true
      clearInterval(acknowledging)
      const left = waiters
      waiters = []
      for (const waiter of left) waiter.reject(closed(options.connection.database))
      await service.destroy()
    },
  }
}

function late(database: string, target: Lsn, handed: Lsn, within: number): BacklotError {
  return new BacklotError(
    'BACKLOT_TIMEOUT',
    `the change feed of ${database} did not reach ${printLsn(target)} within ${within} ms; it stands at ${printLsn(handed)}`,
    { hint: 'a very large transaction may be on its way: look at the server log with `backlot logs`' },
  )
}

function closed(database: string): BacklotError {
  return new BacklotError('BACKLOT_SERVER_DIED', `the change feed of ${database} was closed`, {
    hint: 'its lease has ended; ask for a new one',
  })
}

/** Starts the stream; whoever is in the way is named when it takes too long. */
async function start(
  service: LogicalReplicationService,
  options: FeedOptions,
  fail: (cause: unknown) => void,
): Promise<void> {
  let deadline: NodeJS.Timeout | undefined
  const started = new Promise<'started'>((resolve) => service.on('start', () => resolve('started')))
  const late = new Promise<'late'>((resolve) => {
    deadline = setTimeout(() => resolve('late'), options.startWithin)
  })
  // Settles when the stream ends, which may be hours from now.
  const stream = service.subscribe(new TestDecoding(), options.slot).then(() => 'ended' as const)
  stream.then(
    () => fail(undefined),
    (error: unknown) => fail(error),
  )
  try {
    const outcome = await Promise.race([started, late, stream])
    if (outcome === 'started') return
    const blockers = await options.blockers().catch(() => [])
    throw new BacklotError(
      'BACKLOT_TIMEOUT',
      `the change feed of ${options.connection.database} did not start within ${options.startWithin} ms`,
      {
        hint: 'it waits for write transactions that are open on the server, in any database: end them',
        ...(blockers.length > 0 ? { details: blockers.join('\n') } : {}),
      },
    )
  } catch (error) {
    await service.destroy().catch(() => {})
    throw error
  } finally {
    clearTimeout(deadline)
  }
}
