import type { Sql } from '../sql.ts'

/** The database that a migration or seed works on, as its owner. */
export interface MigrationDatabase {
  /** `postgresql://` URL over TCP. */
  readonly url: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** What a function that migrates or seeds is given. */
export interface MigrationContext extends MigrationDatabase {
  readonly sql: Sql
}

/** A function that migrates or seeds. Its source is part of the baseline's key. */
export type MigrationFunction = (context: MigrationContext) => Promise<unknown> | unknown

/** A command that migrates or seeds; it runs without a shell in the project's folder. */
export interface MigrationCommand {
  /** Program and arguments: `['npx', 'prisma', 'migrate', 'deploy']`. */
  readonly command: readonly [program: string, ...args: string[]]
  /** Files and folders that it reads: when one of them changes, the baseline is built anew. */
  readonly inputs: readonly string[]
  /**
   * Further environment. `DATABASE_URL` and `PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGDATABASE` are set anyway; a function gets
   * the database, for names of one's own.
   */
  readonly env?: Readonly<Record<string, string>> | ((database: MigrationDatabase) => Readonly<Record<string, string>>)
  /** Milliseconds. Default: 120,000. */
  readonly deadlineMs?: number
}

/** A function with the files and folders that it reads. */
export interface MigrationRun {
  readonly run: MigrationFunction
  readonly inputs: readonly string[]
}

/**
 * Where a schema (or its first data) comes from: a SQL file or a folder of SQL files, relative to the config's folder; a
 * command; a function, with the files that it reads where there are any.
 */
export type MigrationSource = string | MigrationCommand | MigrationFunction | MigrationRun

/** Whether a source is a command. */
export function isCommand(source: MigrationSource): source is MigrationCommand {
  return typeof source === 'object' && 'command' in source
}

/** The function of a source, if it is one. */
export function functionOf(source: MigrationSource): MigrationFunction | undefined {
  if (typeof source === 'function') return source
  return typeof source === 'object' && 'run' in source ? source.run : undefined
}

/** Files and folders that a source says it reads. */
export function inputsOf(source: MigrationSource): readonly string[] {
  return typeof source === 'object' ? source.inputs : []
}
