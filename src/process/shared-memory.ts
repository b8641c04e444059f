import { execFileSync } from 'node:child_process'

/**
 * Removes a System V shared memory segment; it goes once nothing is attached to it. Postgres holds one of 56 bytes as an
 * interlock on its data directory, which stays behind when the server is killed.
 *
 * @param segment its id (shmid), as the very server wrote it since the machine was started: ids start over then
 */
export function removeSegment(segment: number): void {
  try {
    execFileSync('ipcrm', ['-m', String(segment)], { stdio: 'ignore' })
  } catch {
    // Gone already, or a system without System V memory.
  }
}
