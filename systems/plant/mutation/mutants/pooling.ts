import { type Mutant, mutant } from '../mutant.ts'

const pool = 'src/connector/pool.ts'
const session = 'src/connector/session.ts'
const metrics = 'src/connector/metrics.ts'
const connector = 'src/connector/connector.ts'
const settings = 'src/config/pool-settings.ts'

/** What `pooling.test.ts` has to notice. */
export const pooling: readonly Mutant[] = [
  mutant(
    'pooling',
    'production keeps fewer connections',
    settings,
    'size: 20, maxOverflow: 10 }',
    'size: 15, maxOverflow: 10 }',
  ),
  mutant(
    'pooling',
    'development has no overflow',
    settings,
    'development: { ...usual, size: 10, maxOverflow: 5 }',
    'development: { ...usual, size: 10, maxOverflow: 0 }',
  ),
  mutant(
    'pooling',
    'a pool of no connection is allowed',
    'src/config/settings.ts',
    'DATABASE_POOL_SIZE: count(1, 1000)',
    'DATABASE_POOL_SIZE: count(0, 1000)',
  ),
  mutant('pooling', 'the overflow is never opened', pool, 'max: size + maxOverflow,', 'max: size,'),
  mutant(
    'pooling',
    'the overflow is never closed',
    pool,
    'pool.totalCount > size &&',
    'pool.totalCount > size + maxOverflow &&',
  ),
  mutant(
    'pooling',
    'one connection less is kept than the size says',
    pool,
    'pool.totalCount > size &&',
    'pool.totalCount >= size &&',
  ),
  mutant('pooling', 'the overflow is closed while callers wait', pool, ' && pool.waitingCount === 0)', ')'),
  mutant(
    'pooling',
    'there are 4 connections at most',
    pool,
    'max: size + maxOverflow,',
    'max: Math.min(size + maxOverflow, 4),',
  ),
  mutant(
    'pooling',
    'a session closes its connection',
    session,
    '    connection.release()\n',
    '    connection.discard()\n',
  ),
  {
    suite: 'pooling',
    name: 'a session that fails keeps its connection',
    edits: [
      {
        file: session,
        find: '    return await undoneOnError(\n      connection,\n      (run) => drizzle',
        put: '    const result = await undoneOnError(\n      connection,\n      (run) => drizzle',
      },
      {
        file: session,
        find: '  } finally {\n    connection.release()\n  }',
        put: '    connection.release()\n    return result\n  } finally {\n  }',
      },
    ],
  },
  mutant(
    'pooling',
    'callers wait a second longer than they are told',
    pool,
    'connectionTimeoutMillis: acquireTimeoutMs,',
    'connectionTimeoutMillis: acquireTimeoutMs + 1_000,',
  ),
  mutant(
    'pooling',
    'an exhausted pool is taken for an outage',
    pool,
    "new PlantError('pool-exhausted'",
    "new PlantError('database-unavailable'",
  ),
  mutant('pooling', 'a caller who waits is not counted', pool, 'waiting: pool.waitingCount,', 'waiting: 0,'),
  mutant(
    'pooling',
    'a savepoint is a transaction of its own',
    session,
    '(run) => db.transaction(run),',
    '(run) => drizzle({ client: connection.client }).transaction(run),',
  ),
  mutant('pooling', 'replaced connections are not counted', metrics, 'replaced += 1', 'replaced += 0'),
  mutant(
    'pooling',
    'the longest wait is the shortest',
    metrics,
    'Math.max(maxMs, waitedMs)',
    'Math.min(maxMs, waitedMs)',
  ),
  mutant(
    'pooling',
    'readers go to the pool for writing',
    connector,
    "mode === 'read' ? (read ?? write) : write",
    'write',
  ),
  mutant(
    'pooling',
    'a session for reading can write',
    session,
    "mode === 'read' ? 'read only' : 'read write'",
    "'read write'",
  ),
]
