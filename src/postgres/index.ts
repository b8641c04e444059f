/**
 * PostgreSQL: a real server, a database for each test worker, rewound after every test, and assertions that wait for commits.
 *
 * @module
 */
export { type AppendOnly, type AppendOnlyMatchers, type AppendOnlyOptions, appendOnly } from './audit/append-only.ts'
export type { HashChainOptions, TextRow } from './audit/chain-options.ts'
export { type HashChain, type HashChainMatchers, hashChain, type IntactOptions } from './audit/hash-chain.ts'
export type { BrokenLink, ChainReport } from './audit/verify.ts'
export type { ChangesOptions, RowChanges } from './changes.ts'
export type { RowChange } from './contract.ts'
export type { PostgresHandle } from './handle.ts'
export type { Anomaly } from './interleave/anomalies.ts'
export type {
  BeginOptions,
  InterleavedSession,
  IsolationLevel,
  Step,
  StepMatchers,
  StepSql,
  StepWaitingOptions,
} from './interleave/contract.ts'
export type { FailureName } from './interleave/failures.ts'
export { type InterleaveOptions, interleave } from './interleave/interleave.ts'
export {
  type PhenomenaOptions,
  type PhenomenaTable,
  type PhenomenaTrials,
  type Phenomenon,
  phenomena,
} from './interleave/phenomena.ts'
export type { ReadThenWrite, Rows, Statement } from './interleave/programs.ts'
export type { StepState } from './interleave/record.ts'
export type { InterleaveReport, StepReport } from './interleave/report.ts'
export type { ReadTrial, Verdict, WriteTrial } from './interleave/trials.ts'
export type { HaveRowsOptions, TableMatchers, TableProbe } from './matchers/table.ts'
export type { WaitingOptions } from './matchers/wait-options.ts'
export type {
  MigrationCommand,
  MigrationContext,
  MigrationDatabase,
  MigrationFunction,
  MigrationRun,
  MigrationSource,
} from './migrate/sources.ts'
export type { HeldUp, LocksOptions, StatementLocks, TableLock } from './migrations/locks.ts'
export type { CheckedSteps, MigrationMatchers, PopulatedOptions } from './migrations/matchers.ts'
export type { CodeVersion, SideBySide, SideBySideOptions } from './migrations/side-by-side.ts'
export type { MigrationStep } from './migrations/steps.ts'
export { type MigrationsOptions, type MigrationWalk, migrations } from './migrations/walk.ts'
export type { PostgresOptions } from './options.ts'
export type { ConnectionUse, HeldConnection, KillReport } from './pool/contract.ts'
export type { ConnectionCounts } from './pool/counts.ts'
export type { PoolMatchers } from './pool/matchers.ts'
export { type PoolOptions, pool, type WatchedPool } from './pool/pool.ts'
export { postgres } from './postgres.ts'
export type { AnyDatabase, ColumnPattern, OrderBy, RowPattern, SelectedRow } from './row-types.ts'
export type {
  CheckExpectation,
  ColumnExpectation,
  ForeignKeyExpectation,
  IndexExpectation,
  IndexedColumn,
  KeyExpectation,
  PolicyExpectation,
  RowSecurityExpectation,
  TriggerExpectation,
  UniqueExpectation,
} from './schema/expectations.ts'
export type { SchemaWaiting } from './schema/look.ts'
export type { SchemaMatchers } from './schema/matchers.ts'
export type { ReferentialAction } from './schema/shape.ts'
export type { Schema, SchemaOptions, SchemaTable, SchemaView } from './schema/snapshot.ts'
export { type Scratch, type ScratchOptions, scratch } from './scratch.ts'
export {
  type AccessMatrixOptions,
  type AccessRole,
  accessMatrix,
  type SampleRow,
} from './security/access-matrix.ts'
export type { AccessMatchers, AccessMatrix, Grants, Operation, RowKind } from './security/access-table.ts'
export type { Access } from './security/attempt.ts'
export type { Claims } from './security/claims.ts'
export type { DatabaseCopy } from './security/copy.ts'
export { type MutatePoliciesOptions, mutatePolicies, type PolicyCheck } from './security/mutate-policies.ts'
export type { PolicyMutant } from './security/policy-mutants.ts'
export type { KilledMutant, PolicyMutation, PolicyMutationMatchers, SurvivorOptions } from './security/policy-report.ts'
export type { AsOptions, RoleName, RoleSession } from './security/role-sessions.ts'
export type { Session, SessionClient, SessionQuery } from './session/session.ts'
export type { DatabaseSql, Sql, SqlIdentifier, SqlRows } from './sql.ts'
export type { QueryVector, VectorDistance } from './vectors/query-vector.ts'
export type { NearestOptions } from './vectors/to-be-nearest.ts'
export { type VectorMatchers, type Vectors, type VectorsOptions, vectors } from './vectors/vectors.ts'
export type { ViolateOptions } from './violation/expected.ts'
export type { ViolationKind } from './violation/kinds.ts'
export type { QueryMatchers } from './violation/to-violate.ts'
