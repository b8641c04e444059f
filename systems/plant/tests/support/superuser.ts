import type { AsOptions, PostgresHandle, RoleSession } from 'backlot/postgres'

/**
 * SQL of a superuser, whom no policy binds. `pastTriggers`: nor does any trigger, foreign keys among them. So somebody tampers
 * who has the whole server.
 */
export async function superuser(
  db: Pick<PostgresHandle, 'sql' | 'as'>,
  { pastTriggers = false }: { readonly pastTriggers?: boolean } = {},
): Promise<RoleSession> {
  const [role] = await db.sql<{
    name: string
  }>`SELECT rolname AS name FROM pg_roles WHERE rolsuper ORDER BY oid LIMIT 1`
  const options: AsOptions = pastTriggers ? { claims: { session_replication_role: 'replica' } } : {}
  return db.as(role?.name ?? 'postgres', options)
}
