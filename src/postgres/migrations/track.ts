import type { Client } from 'pg'
import type { LeaseClient } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { connect, lazyClient, printingOptions } from '../client.ts'
import { ownApplicationName } from '../contract.ts'
import { runSource } from '../migrate/run.ts'
import { runScript, type StatementWatch } from '../migrate/run-files.ts'
import { urlNames } from '../options.ts'
import type { HandleParts } from '../parts.ts'
import { type ProbeSource, probeSource } from '../probe/source.ts'
import { readSchema, type Schema, type SchemaOptions } from '../schema/snapshot.ts'
import { type OpenScratch, openScratch } from '../scratch.ts'
import type { Step, Way } from './steps.ts'

/** An empty database on which migrations go to and fro. */
export interface Track extends Pick<OpenScratch, 'info' | 'sql' | 'url' | 'ownerUrl'> {
  /** Looks at the database as a probe does. */
  readonly source: ProbeSource
  /** The session that migrates, as the owner. */
  readonly client: Client
  /** @throws BacklotError `BACKLOT_MIGRATION_FAILED` */
  up(step: Step, watch?: StatementWatch): Promise<void>
  /** @throws BacklotError `BACKLOT_MIGRATION_FAILED`; `BACKLOT_USAGE` for a step that has no way back */
  down(step: Step): Promise<void>
  schema(options?: SchemaOptions): Promise<Schema>
  close(): Promise<void>
}

/** A track has no feed: nobody but the test writes to it. */
function silent(lease: LeaseClient): LeaseClient {
  return {
    id: lease.id,
    info: lease.info,
    onCommit: () => () => {},
    ask: () => Promise.resolve([]),
    inFlight: () => Promise.resolve([]),
    others: () => Promise.resolve([]),
  }
}

/** Opens a track at nothing: roles and extensions alone. */
export async function openTrack(parts: HandleParts): Promise<Track> {
  const scratch = await openScratch(parts, { of: 'empty' })
  const { info, sql, url, ownerUrl } = scratch
  const observer = lazyClient(info.observer, {
    applicationName: `${ownApplicationName}probe`,
    options: printingOptions,
  })
  const source = probeSource(observer, silent(parts.lease), false)
  const client = await connect(info.owner, { applicationName: `${ownApplicationName}migrate` })
  const { projectRoot, env, name } = parts.context
  const setting = { projectRoot, env, urlNames: urlNames(parts.options, name) }

  async function go(way: Way, watch?: StatementWatch): Promise<void> {
    try {
      if ('source' in way) await runSource(way.source, 'migrate', { owner: info.owner, url: ownerUrl }, setting)
      else for (const script of way.scripts) await runScript(client, script, 'BACKLOT_MIGRATION_FAILED', watch)
    } finally {
      source.forget()
    }
  }

  return {
    info,
    sql,
    url,
    ownerUrl,
    source,
    client,
    up: (step, watch) => go(step.up, watch),
    async down(step) {
      if (step.down !== undefined) return go(step.down)
      throw new BacklotError('BACKLOT_USAGE', `the migration ${step.name} has no way back`, {
        hint:
          'scripts' in step.up
            ? `put what leads back beside it as ${step.name}.down.sql, or under -- migrate:down in its file`
            : 'give its step what leads back: { name, up, down }',
      })
    },
    schema: (options) => readSchema(source.run, options),
    async close() {
      await Promise.all([client.end().catch(() => {}), observer.close()])
      await scratch.close()
    },
  }
}

/** Opens a track for one task. */
export async function withTrack<T>(parts: HandleParts, task: (track: Track) => Promise<T>): Promise<T> {
  const track = await openTrack(parts)
  try {
    return await task(track)
  } finally {
    await track.close()
  }
}
