import { serverUser } from '../../../src/process/index.ts'

/**
 * Makes this process an ordinary user's for good, if it is root's. What the process needs is imported before: the project
 * may lie where only root can read it.
 */
export function giveUpRoot(): void {
  if (process.getuid?.() !== 0) return
  const user = serverUser({})
  if (user === undefined) throw new Error('this machine has no account nobody')
  process.setgroups?.([])
  process.setgid?.(user.gid)
  process.setuid?.(user.uid)
}
