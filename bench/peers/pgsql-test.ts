import { getConnections, seed } from 'pgsql-test'
import { throughSavepoints } from '../lib/databases.ts'
import type { OpenPeer } from '../lib/peer.ts'

/** The npm package pgsql-test, with the hooks that its guide tells to set. It calls psql, createdb and dropdb. */
export const open: OpenPeer = async ({ host, port, user, password }, schema) => {
  const { pg, teardown } = await getConnections({ pg: { host, port, user, password } }, [
    seed.fn(async ({ pg: client }) => {
      await client.query(schema)
    }),
  ])
  return {
    begin: () => pg.beforeEach(),
    ...throughSavepoints((text, values = []) => pg.query(text, [...values])),
    reset: () => pg.afterEach(),
    close: () => teardown(),
  }
}
