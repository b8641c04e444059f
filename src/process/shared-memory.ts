import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { platform } from 'node:os'

/** Whether a System V shared memory segment is there and in use; on systems that do not tell, it counts as unused. */
function attached(segment: number): boolean {
  if (platform() !== 'linux') return false
  // Columns: key shmid perms size cpid lpid nattch ..., see proc_sysvipc(5).
  for (const line of readFileSync('/proc/sysvipc/shm', 'utf8').split('\n')) {
    const columns = line.trim().split(/\s+/)
    if (columns[1] === String(segment)) return columns[6] !== '0'
  }
  return false
}

/**
 * Removes a System V shared memory segment that nothing is attached to. Postgres holds one of 56 bytes as an interlock on
 * its data directory; it stays behind when the server is killed.
 *
 * @param segment its id (shmid)
 */
export function removeSegment(segment: number): void {
  try {
    if (!attached(segment)) execFileSync('ipcrm', ['-m', String(segment)], { stdio: 'ignore' })
  } catch {
    // Gone already, or a system without System V memory.
  }
}
