import { processOptions } from '../engine/index.ts'

/**
 * Whether the state at the end of a test is to be kept: `backlot test --keep` sets `BACKLOT_KEEP=always`,
 * `--keep-on-failure` sets `BACKLOT_KEEP=failure`.
 */
export function shouldKeep(failed: boolean): boolean {
  const asked = processOptions().env.BACKLOT_KEEP
  return asked === 'always' || (asked === 'failure' && failed)
}
