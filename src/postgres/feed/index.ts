/**
 * The change feed of one database: what is committed, read from the log as it happens, without a publication.
 *
 * @module
 */
export type { FeedEvent } from './events.ts'
export { type Feed, type FeedOptions, openFeed } from './feed.ts'
export { type Lsn, parseLsn, printLsn } from './lsn.ts'
export { catchUp, lsnNumber, markerPrefix, type Standing, standingColumns } from './position.ts'
export { unquoteQualifiedName } from './scan.ts'
export { openSession, type SessionOptions } from './session.ts'
export {
  type ChangeKind,
  type NamedValues,
  readNamedTuples,
  readTuples,
  type Shape,
  shapeOf,
  type Tuples,
} from './tuples.ts'
