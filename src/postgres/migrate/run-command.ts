import { BacklotError, type ErrorCode } from '../../errors/index.ts'
import { runCommand } from '../../provision/index.ts'
import { formatDuration } from '../../wait/index.ts'
import type { MigrationCommand, MigrationDatabase } from './sources.ts'

const defaultDeadlineMs = 120_000
/** So many last lines of a failed command's output are shown. */
const mostLines = 20

function lastLines(output: string, secret: string): string {
  const lines = output.trimEnd().split('\n').slice(-mostLines)
  const hidden = secret === '' ? lines : lines.map((line) => line.replaceAll(secret, '***'))
  return hidden.map((line) => `  ${line}`).join('\n')
}

/**
 * Runs a command that migrates or seeds, without a shell, with the database in its environment.
 *
 * @throws BacklotError with `code` and the output's last lines when it fails, cannot start or runs past its deadline
 */
export async function runMigrationCommand(
  source: MigrationCommand,
  database: MigrationDatabase,
  where: {
    readonly projectRoot: string
    readonly env: Readonly<Record<string, string | undefined>>
    readonly urlNames: readonly string[]
    readonly code: ErrorCode
  },
): Promise<void> {
  const [program, ...args] = source.command
  const further = typeof source.env === 'function' ? source.env(database) : (source.env ?? {})
  const deadlineMs = source.deadlineMs ?? defaultDeadlineMs
  const result = await runCommand({
    command: program,
    args,
    cwd: where.projectRoot,
    deadlineMs,
    env: {
      ...where.env,
      ...Object.fromEntries(['DATABASE_URL', ...where.urlNames].map((name) => [name, database.url])),
      PGHOST: database.host,
      PGPORT: String(database.port),
      PGUSER: database.user,
      PGPASSWORD: database.password,
      PGDATABASE: database.database,
      ...further,
    },
  })
  if (result.code === 0) return
  const absent = result.code === null && /\bENOENT\b/.test(result.stderr)
  const how = absent
    ? 'could not be started'
    : result.code === null
      ? 'was ended'
      : `ended with exit code ${result.code}`
  const output = [result.stdout, result.stderr].map((text) => text.trim()).filter((text) => text !== '')
  throw new BacklotError(where.code, `the command ${source.command.join(' ')} ${how}`, {
    hint: absent
      ? `install ${program}, or put it on the PATH`
      : result.code === null
        ? `it may take ${formatDuration(deadlineMs)}: give it longer with deadlineMs`
        : 'its last lines say why; it runs in the folder of the config with DATABASE_URL and PG* set',
    details: lastLines(output.join('\n'), database.password),
  })
}
