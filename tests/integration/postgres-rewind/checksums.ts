import type { Client } from 'pg'

/** Every table that holds rows and every sequence, as one query that prints a line about each. */
const inventory = `
  SELECT string_agg(CASE WHEN relkind = 'S'
    THEN format('SELECT %L, last_value || '' '' || is_called FROM %s', name, name)
    ELSE format('SELECT %L, count(*) || '' '' || md5(coalesce(string_agg(whole, E''\\n'' ORDER BY whole), '''')) FROM (SELECT ROW(%s)::text AS whole FROM ONLY %s) AS t', name, columns, name)
    END, ' UNION ALL ') AS text
  FROM (
    SELECT c.relkind, format('%I.%I', n.nspname, c.relname) AS name,
      (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'S') AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
  ) AS relations`

const texts = new WeakMap<Client, string>()

/**
 * A checksum of every table (whole rows, in any order) and where every sequence stands. The schema must not change
 * between two calls on one session.
 */
export async function checksums(client: Client): Promise<ReadonlyMap<string, string>> {
  let text = texts.get(client)
  if (text === undefined) {
    await client.query(
      "SET extra_float_digits = 1; SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET statement_timeout = 0",
    )
    const { rows } = await client.query<{ text: string }>(inventory)
    text = rows[0]?.text ?? ''
    texts.set(client, text)
  }
  const { rows } = await client.query<[string, string]>({ text, rowMode: 'array' })
  return new Map(rows)
}
