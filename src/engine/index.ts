/**
 * The composition root: from a config to running instances, leases, marks and rewinds.
 *
 * @module
 */
export { connectSupervisor, type SupervisorConnection } from './client/connect.ts'
export { ask, type CommandOptions, doctor, down, install, status, type UpService, up, warmUp } from './commands.ts'
export { type Backlot, type BacklotConfig, defineBacklot, type Handles, type Services } from './define.ts'
export { type Lot, type LotReport, openLot } from './lot.ts'
export type { LotOptions } from './lot-types.ts'
export { type ProjectPaths, projectPaths } from './paths.ts'
export { clock, print, processOptions, warn } from './process-options.ts'
export { lineProgress } from './progress.ts'
export { findConfig, loadProject, type Project } from './project.ts'
export type { SupervisorStatus } from './rpc/protocol.ts'
