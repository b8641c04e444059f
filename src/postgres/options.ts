import type { Isolation } from '../contracts/index.ts'
import type { MigrationSource } from './migrate/sources.ts'

/** Options of {@link postgres}. Paths are relative to the config's folder. */
export interface PostgresOptions {
  /** Where the schema comes from: a folder of SQL files, a command, or a function. Default: an empty database. */
  readonly migrate?: MigrationSource
  /** Data that every test starts from, put in after the migrations. Default: none. */
  readonly seed?: MigrationSource
  /**
   * Extensions that Backlot creates before the migrations, since their owner is no superuser: `['uuid-ossp', 'vector']`. Those of
   * PostgreSQL itself are there; `vector` (PostgreSQL 16 and 18) is fetched when it is named, else a container serves.
   */
  readonly extensions?: readonly string[]
  /**
   * Roles without login that the migrations grant to and write policies for: `['anon', 'authenticated']`. Backlot makes them
   * before the migrations and lets the app and the owner `SET ROLE` to them; on a server by URL they must exist. Default: none.
   */
  readonly roles?: readonly string[]
  /** Major version. Default: 18. A server by URL has the version that it has. */
  readonly version?: 16 | 17 | 18
  /** How a test's traces are undone. Default: what the config, file or test says; `rewind` if nobody does. */
  readonly isolation?: Isolation
  /**
   * Role in `db.url`. `app` (default) has rights on the data alone, so that permissions and row-level security bite as in production;
   * `owner` is for apps that migrate when they start.
   */
  readonly connectAs?: 'app' | 'owner'
  /** True: data on a real disk with fsync on. Default: false. */
  readonly durable?: boolean
  /** Past these, a test's changes are not kept for an undo and its lease is replaced. Default: 100,000 rows, 64 MB. */
  readonly limits?: { readonly rows?: number; readonly bytes?: number }
  /** A server to use in place of one of Backlot's own. `BACKLOT_<NAME>_URL` in the environment comes before it. */
  readonly url?: string
  /** Further environment variables that may name such a server: `['TEST_DATABASE_URL']`; asked after `BACKLOT_<NAME>_URL`. */
  readonly urlEnv?: readonly string[]
  /** Variable in which the app and a migration command look for the database: `npx backlot up` prints it. Default: `DATABASE_URL`. */
  readonly exportAs?: string
}

/** The limits of a rewind if the options name none: so many changed rows, so many bytes of their images. */
export const defaultLimits: { readonly rows: number; readonly bytes: number } = {
  rows: 100_000,
  bytes: 64 * 1024 * 1024,
}

/** `BACKLOT_DB_URL` for the service `db`. */
export function urlVariable(service: string): string {
  return `BACKLOT_${service.replace(/[^A-Za-z0-9]/g, '_').toUpperCase()}_URL`
}

/** What messages call the option, where it and no variable gave the URL. */
const urlOption = 'option url'

/** Variables that lead a command to the database that it migrates, besides those that it always has. */
export function urlNames(options: PostgresOptions, service: string): readonly string[] {
  return [
    urlVariable(service),
    ...(options.urlEnv ?? []),
    ...(options.exportAs === undefined ? [] : [options.exportAs]),
  ]
}

/** The URL of a server that the user gave, by whichever way, with the way's name. */
export function givenUrl(
  options: PostgresOptions,
  service: string,
  env: Readonly<Record<string, string | undefined>>,
): { readonly url: string; readonly from: string } | undefined {
  for (const name of [urlVariable(service), ...(options.urlEnv ?? [])]) {
    const url = env[name]
    if (url !== undefined && url !== '') return { url, from: name }
  }
  return options.url === undefined ? undefined : { url: options.url, from: urlOption }
}
