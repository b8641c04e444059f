import { spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Connection } from '../contract.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Whether there is a psql on the PATH. */
export async function hasPsql(env: Environment): Promise<boolean> {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const found = await Promise.all(
    folders.map((folder) =>
      access(join(folder, 'psql'), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  )
  return found.includes(true)
}

/**
 * Runs psql in this terminal. How to connect goes by the environment, so that no password shows in a list of processes.
 *
 * @param args further arguments: `['-c', 'SELECT 1']`
 * @returns its exit code
 */
export function runPsql(to: Connection, args: readonly string[], env: Environment): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('psql', [...args], {
      stdio: 'inherit',
      env: {
        ...env,
        PGHOST: to.host,
        PGPORT: String(to.port),
        PGUSER: to.user,
        PGPASSWORD: to.password,
        PGDATABASE: to.database,
        PGAPPNAME: 'backlot:psql',
      },
    })
    // Ctrl-C belongs to psql, which cancels its query on it.
    const ignore = (): void => {}
    process.on('SIGINT', ignore)
    child.once('error', reject)
    child.once('close', (code) => {
      process.off('SIGINT', ignore)
      resolve(code ?? 1)
    })
  })
}
