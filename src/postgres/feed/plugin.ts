import type { Client } from 'pg'
import { AbstractPlugin } from 'pg-logical-replication/dist/output-plugins/abstract.plugin.js'
import type { FeedEvent } from './events.ts'
import { readEvent } from './events.ts'

/** A name within a replication command, where parameters are not known. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * test_decoding, read without a publication: a publication changes the app's world (UPDATE and DELETE fail on tables
 * with virtual generated columns, 42P10, and on new tables without a primary key, 55000). `only-local` leaves out what has
 * a replication origin: the undo.
 *
 * The slot is temporary: made by the connection that reads it, and gone with it however the process ends.
 */
export class TestDecoding extends AbstractPlugin<Readonly<Record<string, string>>> {
  constructor() {
    super({ 'include-xids': 'on', 'include-timestamp': 'off', 'skip-empty-xacts': 'on', 'only-local': 'on' })
  }

  get name(): string {
    return 'test_decoding'
  }

  async start(client: Client, slot: string): Promise<unknown> {
    await client.query(`CREATE_REPLICATION_SLOT ${quoted(slot)} TEMPORARY LOGICAL test_decoding (SNAPSHOT 'nothing')`)
    const options = Object.entries(this.options).map(([name, value]) => `"${name}" '${value}'`)
    return client.query(`START_REPLICATION SLOT ${quoted(slot)} LOGICAL 0/0 (${options.join(', ')})`)
  }

  parse(buffer: Buffer): FeedEvent {
    return readEvent(buffer.toString('utf8'))
  }
}
