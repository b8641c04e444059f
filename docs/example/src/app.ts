import { Hono } from 'hono'
import { Pool } from 'pg'

/** A backend as any other: it knows its database's URL and nothing of Backlot. */
export function buildApp(databaseUrl: string) {
  const pool = new Pool({ connectionString: databaseUrl })
  const app = new Hono()

  app.post('/members', async (c) => {
    const { email } = await c.req.json<{ email: string }>()
    const added = await pool.query(
      'INSERT INTO members (email) VALUES ($1) ON CONFLICT (email) DO NOTHING RETURNING id::int',
      [email],
    )
    return added.rowCount === 0 ? c.json({ error: 'known already' }, 409) : c.json(added.rows[0], 201)
  })

  app.post('/members/:id/join', async (c) => {
    // The answer does not wait for the work, as with a queue.
    void pool.query("UPDATE members SET status = 'active', joined_at = now() WHERE id = $1", [c.req.param('id')])
    return c.body(null, 202)
  })

  return { fetch: app.fetch, close: () => pool.end() }
}
