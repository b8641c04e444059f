/**
 * Puts a database back to marks: the net change of every row since a mark is undone in one verified transaction, and what
 * the log does not show is looked after. What cannot be undone is answered with the order to replace the database.
 *
 * @module
 */
export { describeSession } from './beneath.ts'
export type { Limits } from './ledger.ts'
export { openRewind } from './open.ts'
export type { PopReport, ReplaceOrder, ReplayFrames, RewoundReport } from './order.ts'
export { ddlPrefix, prepareTables, prepareTemplate } from './prepare.ts'
export type { Rewind, RewindOptions } from './rewind.ts'
