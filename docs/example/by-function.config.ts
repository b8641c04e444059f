import { readFile } from 'node:fs/promises'
import { defineBacklot } from 'backlot'
import { postgres } from 'backlot/postgres'
import { Client } from 'pg'

export default defineBacklot({
  services: {
    // #region function
    db: postgres({
      migrate: {
        run: async ({ url }) => {
          const client = new Client({ connectionString: url })
          await client.connect()
          await client.query(await readFile(new URL('migrations/001_members.sql', import.meta.url), 'utf8'))
          await client.end()
        },
        inputs: ['migrations'],
      },
      seed: async ({ sql }) => {
        for (const email of ['ada@example.org', 'bob@example.org']) {
          await sql`INSERT INTO members (email) VALUES (${email})`
        }
      },
    }),
    // #endregion
  },
})
