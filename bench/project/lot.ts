import { type RunningLot, start } from 'backlot'
import backlot from './backlot.config.ts'

/** A lot for a process without a test runner. */
export function startLot(): Promise<RunningLot<typeof backlot.services>> {
  return start(backlot)
}
