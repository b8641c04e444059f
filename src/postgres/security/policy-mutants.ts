import type { Client } from 'pg'
import { quoteIdentifier } from '../probe/table-name.ts'

/** One change of the row-level security of a database. */
export interface PolicyMutant {
  /** How reports call it: `notes: policy own with USING (true)`. */
  readonly name: string
  /** `notes`, with its schema where that is not `public`. */
  readonly table: string
  /** The policy that is changed; undefined where row-level security itself is. */
  readonly policy?: string
  /** What was in force, as SQL. */
  readonly definition: string
  /** What was done to it, as SQL. */
  readonly statement: string
}

interface TableRow {
  readonly shown: string
  readonly sql: string
  readonly forced: boolean
}

interface PolicyRow extends TableRow {
  readonly name: string
  readonly command: string
  readonly permissive: boolean
  readonly using: string | null
  readonly check: string | null
  readonly roles: readonly string[]
}

const tablesQuery = `
  SELECT CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END AS shown,
    pg_catalog.format('%I.%I', n.nspname, c.relname) AS sql, c.relforcerowsecurity AS forced, c.oid
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relrowsecurity AND n.nspname !~ '^pg_'`

const policiesQuery = `
  SELECT t.shown, t.sql, t.forced, p.polname AS name, p.polpermissive AS permissive,
    CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END AS command,
    pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using, pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS check,
    ARRAY(SELECT CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r)) END
          FROM pg_catalog.unnest(p.polroles) AS r)::text[] AS roles
  FROM (${tablesQuery}) AS t JOIN pg_catalog.pg_policy p ON p.polrelid = t.oid
  ORDER BY 1, 4`

function definitionOf({ name, sql, permissive, command, roles, using, check }: PolicyRow): string {
  return [
    `CREATE POLICY ${quoteIdentifier(name)} ON ${sql}`,
    ...(permissive ? [] : ['AS RESTRICTIVE']),
    `FOR ${command} TO ${roles.join(', ')}`,
    ...(using === null ? [] : [`USING (${using})`]),
    ...(check === null ? [] : [`WITH CHECK (${check})`]),
  ].join(' ')
}

/** Expressions as `pg_get_expr` writes them: a bare one has parentheses of its own, a constant has none. */
function mutantsOfExpression(
  row: PolicyRow,
  clause: 'USING' | 'WITH CHECK',
  expression: string | null,
): readonly (readonly [what: string, statement: string])[] {
  if (expression === null) return []
  const alter = `ALTER POLICY ${quoteIdentifier(row.name)} ON ${row.sql} ${clause}`
  return [
    [`with ${clause} inverted`, `${alter} (NOT (${expression}))`],
    ...(expression === 'true' ? [] : [[`with ${clause} (true)`, `${alter} (true)`] as const]),
  ]
}

function mutantsOfPolicy(row: PolicyRow): readonly PolicyMutant[] {
  const changes: readonly (readonly [string, string])[] = [
    ['dropped', `DROP POLICY ${quoteIdentifier(row.name)} ON ${row.sql}`],
    ...mutantsOfExpression(row, 'USING', row.using),
    ...mutantsOfExpression(row, 'WITH CHECK', row.check),
  ]
  return changes.map(([what, statement]) => ({
    name: `${row.shown}: policy ${row.name} ${what}`,
    table: row.shown,
    policy: row.name,
    definition: definitionOf(row),
    statement,
  }))
}

function mutantsOfTable({ shown, sql, forced }: TableRow): readonly PolicyMutant[] {
  const changes: readonly (readonly [string, string, string])[] = [
    ['row-level security disabled', 'ENABLE', 'DISABLE'],
    ...(forced ? [['row-level security not forced on the owner', 'FORCE', 'NO FORCE'] as const] : []),
  ]
  return changes.map(([what, was, becomes]) => ({
    name: `${shown}: ${what}`,
    table: shown,
    definition: `ALTER TABLE ${sql} ${was} ROW LEVEL SECURITY`,
    statement: `ALTER TABLE ${sql} ${becomes} ROW LEVEL SECURITY`,
  }))
}

/** All mutants of a database: of each table with row-level security, then of each of its policies. */
export async function readMutants(client: Client): Promise<readonly PolicyMutant[]> {
  const tables = await client.query<TableRow>(`${tablesQuery} ORDER BY 1`)
  const policies = await client.query<PolicyRow>(policiesQuery)
  return tables.rows.flatMap((table) => [
    ...mutantsOfTable(table),
    ...policies.rows.filter(({ sql }) => sql === table.sql).flatMap(mutantsOfPolicy),
  ])
}
