/**
 * Processes: servers in groups of their own, with readiness, a log and a bounded end; and the reaper, which ends them
 * when their owner was killed.
 *
 * @module
 */
export { endGroup } from './end-belongings.ts'
export { identify, isAlive, type ProcessIdentity, processStartTime } from './identity.ts'
export { lastLines } from './last-lines.ts'
export { type Reaper, type ReaperOptions, startReaper } from './reaper.ts'
export { reclaim } from './reclaim.ts'
export { readRecord } from './record.ts'
export { type ServerProcess, type ServerProcessOptions, startServerProcess } from './server-process.ts'
export { type ServerUser, serverUser } from './server-user.ts'
export { removeSegment } from './shared-memory.ts'
