import { defineBacklot } from 'backlot'
import { postgres } from 'backlot/postgres'
import type { Database } from './src/persistence/schema.ts'
import { createEnv } from './tests/harness/index.ts'

// `api` reaches talk on the real Postgres, with Bluesky and Twitter standing in.
export default defineBacklot({
  services: { db: postgres<Database>({ migrate: 'migrations', exportAs: 'DATABASE__URL' }) },
  app: async ({ db }) => {
    const env = await createEnv({ unmock: ['persistence'], variables: { DATABASE__URL: db.url } })
    return { fetch: env.app.fetch, close: env.close }
  },
})
