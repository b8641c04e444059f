import { type Probe, probeMatchers } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { type TableProbe, tableProbe } from '../matchers/table.ts'
import { type HandleParts, partsOf } from '../parts.ts'
import type { WrittenTableName } from '../probe/table-name.ts'
import type { Schema, SchemaOptions } from '../schema/snapshot.ts'
import type { DatabaseSql } from '../sql.ts'
import { findLocks, type LocksOptions, type StatementLocks } from './locks.ts'
import { type MigrationMatchers, migrationMatchers } from './matchers.ts'
import { type CodeVersion, runSideBySide, type SideBySide, type SideBySideOptions } from './side-by-side.ts'
import { type MigrationStep, placeOfStep, readSteps, type Step } from './steps.ts'
import { openTrack } from './track.ts'

/** Options of {@link migrations}. */
export interface MigrationsOptions {
  /**
   * The migrations, where the service's `migrate` is a command or a function and does not say them one by one. Default: the SQL
   * files of its folder.
   */
  readonly steps?: readonly MigrationStep[]
}

/** Migrations on a database of their own, see {@link migrations}. */
export interface MigrationWalk extends Probe<MigrationMatchers>, AsyncDisposable {
  /** Names of all migrations, in order. */
  readonly steps: readonly string[]
  /** Names of those that are applied now. */
  readonly applied: readonly string[]
  /** `postgresql://` URL of the database in the role of `connectAs`. */
  readonly url: string
  /** The same for the role that owns the schema. */
  readonly ownerUrl: string
  /** Runs SQL on the database as the owner of the schema. */
  readonly sql: DatabaseSql
  /** A table to assert on, as it is at this point of the walk. */
  table(name: WrittenTableName): TableProbe
  /** The schema at this point of the walk. */
  schema(options?: SchemaOptions): Promise<Schema>
  /**
   * Applies migrations up to and with this one: by its name, or by how its name alone begins (`'003'`).
   *
   * @throws BacklotError `BACKLOT_MIGRATION_FAILED` with file, line and statement; `BACKLOT_USAGE` for a name that is not there or applied already
   */
  upTo(name: string): Promise<void>
  /** Applies all that are left. */
  all(): Promise<void>
  /**
   * Takes migrations back, the last one first.
   *
   * @param steps how many. Default: 1
   * @throws BacklotError `BACKLOT_USAGE` for one that has no way back, or more than are applied
   */
  down(steps?: number): Promise<void>
  /** Takes back all that came after this one. */
  downTo(name: string): Promise<void>
  /**
   * Applies all migrations on a database of their own and tells, for each statement, what it locked, for how long, and who had to
   * wait for it.
   */
  locks(options?: LocksOptions): Promise<readonly StatementLocks[]>
  /**
   * Runs versions of the code, in the app's role, on the state after each migration: `{ '003_rename': { old: 'column "name" does not exist', new: 'works' } }`.
   * For deployments in which old and new code run at once.
   *
   * @throws BacklotError `BACKLOT_USAGE` where a version is no function
   */
  sideBySide<Version extends string>(
    versions: Readonly<Record<Version, CodeVersion>>,
    options?: SideBySideOptions,
  ): Promise<SideBySide<Version>>
  /** Drops the database. What is not closed goes with its test, describe or file. */
  close(): Promise<void>
}

function usage(summary: string, hint: string): BacklotError {
  return new BacklotError('BACKLOT_USAGE', summary, { hint })
}

async function createWalk(parts: HandleParts, steps: readonly Step[]): Promise<MigrationWalk> {
  const track = await openTrack(parts)
  let applied = 0

  async function up(end: number): Promise<void> {
    for (const step of steps.slice(applied, end)) {
      await track.up(step)
      applied += 1
    }
  }
  async function down(end: number): Promise<void> {
    for (const step of steps.slice(end, applied).toReversed()) {
      await track.down(step)
      applied -= 1
    }
  }

  const walk: MigrationWalk = {
    steps: steps.map(({ name }) => name),
    get applied() {
      return steps.slice(0, applied).map(({ name }) => name)
    },
    url: track.url,
    ownerUrl: track.ownerUrl,
    sql: track.sql,
    table: (name) => tableProbe(track.source, name),
    schema: (options) => track.schema(options),
    async upTo(name) {
      const place = placeOfStep(steps, name)
      if (place >= applied) return up(place + 1)
      throw usage(`the migration ${steps[place]?.name} is applied already`, `to go back to it: walk.downTo('${name}')`)
    },
    all: () => up(steps.length),
    async down(number = 1) {
      if (Number.isInteger(number) && number > 0 && number <= applied) return down(applied - number)
      throw usage(
        `walk.down cannot take back ${number} of ${applied} applied migrations`,
        'go up first: walk.upTo(...)',
      )
    },
    async downTo(name) {
      const place = placeOfStep(steps, name)
      if (place < applied) return down(place + 1)
      throw usage(`the migration ${steps[place]?.name} is not applied`, `to go up to it: walk.upTo('${name}')`)
    },
    locks: (of) => findLocks(parts, steps, of),
    sideBySide: (versions, of) => runSideBySide(parts, steps, versions, of),
    close: () => track.close(),
    [Symbol.asyncDispose]: () => track.close(),
    [probeMatchers]: migrationMatchers(parts, steps),
    toString: () => `migrations(${parts.context.name})`,
  }
  return walk
}

/**
 * Walks the service's migrations one by one, on a database beside the test's own that is empty but for roles and extensions.
 * A migration in SQL is a file of the folder that `migrate` names; what leads back is `x.down.sql` beside `x.up.sql` or `x.sql`,
 * `down.sql` beside `up.sql`, or stands in the file itself under `-- migrate:down`, `-- +goose Down` or `-- Down Migration`.
 *
 * @param db a Postgres service of the config
 * @throws BacklotError `BACKLOT_USAGE` where `migrate` is a command or a function and `steps` is not given
 *
 * @example
 * ```ts
 * await using walk = await migrations(db)
 * await walk.upTo('002_skills')
 * await expect(walk.table('skills')).toHaveColumn('embedding', { type: 'vector(384)' })
 * await expect(walk).toBeReversible()
 * ```
 */
export async function migrations(db: object, options: MigrationsOptions = {}): Promise<MigrationWalk> {
  const parts = partsOf(db, 'migrations')
  return createWalk(parts, await readSteps(parts.context.projectRoot, parts.options.migrate, options.steps))
}
