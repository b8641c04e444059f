import { execFileSync } from 'node:child_process'

/** The account that a server runs as when it refuses root. */
export interface ServerUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** By its path: PATH may be empty, and then initdb would be run as root. */
function id(...args: string[]): string | undefined {
  try {
    return execFileSync('/usr/bin/id', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}

function account(name: string): ServerUser | undefined {
  const uid = Number(id('-u', name) ?? Number.NaN)
  const gid = Number(id('-g', name) ?? Number.NaN)
  return Number.isInteger(uid) && Number.isInteger(gid) && uid > 0 ? { name, uid, gid } : undefined
}

/**
 * Whom to become for a server that refuses root, such as Postgres: the person behind sudo, else `nobody`. Both have an
 * entry in the password database, which initdb asks for.
 *
 * @param env for SUDO_UID
 * @param uid who we are; default: this process
 * @returns undefined when we are an ordinary user, or root without any other account
 */
export function serverUser(
  env: Readonly<Record<string, string | undefined>>,
  uid: number | undefined = process.getuid?.(),
): ServerUser | undefined {
  if (uid !== 0) return undefined
  const behindSudo = env.SUDO_UID
  if (behindSudo !== undefined && /^[1-9]\d*$/.test(behindSudo)) {
    const name = id('-nu', behindSudo)
    const found = name === undefined ? undefined : account(name)
    if (found !== undefined) return found
  }
  return account('nobody')
}
