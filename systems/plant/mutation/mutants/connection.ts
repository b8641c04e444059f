import { type Mutant, mutant } from '../mutant.ts'

const pool = 'src/connector/pool.ts'
const session = 'src/connector/session.ts'
const connector = 'src/connector/connector.ts'
const repository = 'src/persistence/repository.ts'
const base = 'migrations/001_base_entity.up.sql'

/** What the tests of the connection guard. */
export const connection: readonly Mutant[] = [
  mutant('connection', 'the start gives up at once', connector, 'attempts: 4,', 'attempts: 1,'),
  mutant('connection', 'the server does not learn who connects', pool, '    application_name: name,\n', ''),
  mutant(
    'connection',
    'embeddings are texts',
    'src/persistence/schema/entities.ts',
    "vector('embedding_384', { dimensions })",
    "text('embedding_384')",
  ),
  mutant(
    'connection',
    'ids are made of time and machine',
    base,
    'default uuid_generate_v4()',
    'default uuid_generate_v1()',
  ),
  mutant(
    'connection',
    'an external id is not unique',
    base,
    '  constraint base_entity_external_id_key unique (external_id),\n',
    '',
  ),
  mutant('connection', 'an agent stays named after its session', session, "?? ''}, true)", "?? ''}, false)"),
  mutant(
    'connection',
    'a connection that is opened has all the time of the world',
    pool,
    'connectionTimeoutMillis: connectTimeoutMs',
    'connectionTimeoutMillis: 0',
  ),
  mutant(
    'connection',
    'statements have all the time of the world',
    pool,
    '    statement_timeout: settings.statementTimeoutMs,\n',
    '',
  ),
  mutant(
    'connection',
    'a type is narrower than the code says',
    base,
    'governance_notes text,',
    'governance_notes varchar(255),',
  ),
  mutant(
    'connection',
    'the table of an entity is not changed with it',
    repository,
    'if (names.some((name) => !commonFields.has(name))) await',
    'if (names.length === 0) await',
  ),
  mutant(
    'connection',
    'the overflow is not counted',
    pool,
    'overflow: Math.max(0, pool.totalCount - size),',
    'overflow: 0,',
  ),
  mutant(
    'connection',
    'there are 4 connections at most',
    pool,
    'max: size + maxOverflow,',
    'max: Math.min(size + maxOverflow, 4),',
  ),
  mutant(
    'connection',
    'a session that fails is committed',
    session,
    '        throw error\n',
    '        return undefined\n',
  ),
  mutant(
    'connection',
    'the end of a scope closes its connection',
    pool,
    '[Symbol.asyncDispose]: async () => release()',
    '[Symbol.asyncDispose]: async () => giveBack(true)',
  ),
]
