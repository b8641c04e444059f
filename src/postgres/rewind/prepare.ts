import type { Client } from 'pg'
import { BacklotError } from '../../errors/index.ts'

/** Prefix of the logical messages that say that the schema changed. The content is one line for a person. */
export const ddlPrefix = 'backlot.ddl'

/**
 * The app publishes a table, but not all of its columns (a column list; generated columns): UPDATE and DELETE would fail on
 * account of a full identity (42P10). The changes of such a table cannot be undone.
 */
const partlyPublished = (table: string): string => `EXISTS (
    SELECT FROM pg_publication_tables p JOIN pg_namespace pn ON pn.nspname = p.schemaname
    JOIN pg_class pc ON pc.relnamespace = pn.oid AND pc.relname = p.tablename
    WHERE (pc.oid = ${table} OR pc.oid IN (SELECT pg_partition_ancestors(${table})))
      AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = ${table} AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attname <> ALL (p.attnames)))`

const userTables = `
  SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, c.relpersistence = 'u' AND c.relkind = 'r' AS unlogged,
    c.relreplident <> 'f' AND NOT ${partlyPublished('c.oid')} AS partial_identity
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND (c.relreplident <> 'f' OR c.relpersistence = 'u')`

/**
 * What a session does to the schema becomes a message in the log, in its place among the rows. The function runs as its
 * owner, with a search path of its own; temporary objects are nobody's business; a command that changed nothing
 * (`IF NOT EXISTS`) says nothing. Whatever goes wrong in here must not fail the command: it is noted as a change of
 * unknown kind.
 */
const eventTriggers = `
CREATE SCHEMA IF NOT EXISTS backlot;
CREATE OR REPLACE FUNCTION backlot.note_ddl() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  noted text;
  published regclass;
BEGIN
  IF tg_tag = 'REINDEX' THEN
    RETURN;
  END IF;
  BEGIN
    IF tg_event = 'sql_drop' THEN
      SELECT tg_tag || ' ' || coalesce(min(object_identity) FILTER (WHERE original), min(object_identity), '') INTO noted
      FROM pg_event_trigger_dropped_objects()
      WHERE NOT is_temporary AND coalesce(schema_name, '') !~ '^pg_(toast_)?temp' AND object_identity !~ '(^| on )pg_temp\\.'
        AND (original OR schema_name IS NOT NULL)
      HAVING count(*) > 0;
    ELSE
      SELECT tg_tag || ' ' || coalesce(min(object_identity), '') INTO noted
      FROM pg_event_trigger_ddl_commands()
      WHERE coalesce(schema_name, '') !~ '^pg_(toast_)?temp' AND coalesce(object_identity, '') !~ '(^| on )pg_temp\\.'
      HAVING count(*) > 0;
    END IF;
  EXCEPTION WHEN OTHERS THEN
    noted := tg_tag;
  END;
  IF noted IS NOT NULL THEN
    PERFORM pg_logical_emit_message(true, '${ddlPrefix}', noted);
  END IF;
  IF tg_tag IN ('CREATE PUBLICATION', 'ALTER PUBLICATION') THEN
    FOR published IN SELECT c.oid FROM pg_class c WHERE c.relkind = 'r' AND c.relreplident = 'f' AND ${partlyPublished('c.oid')} LOOP
      EXECUTE format('ALTER TABLE ONLY %s REPLICA IDENTITY DEFAULT', published);
    END LOOP;
  END IF;
END
$function$;
DROP EVENT TRIGGER IF EXISTS backlot_ddl;
DROP EVENT TRIGGER IF EXISTS backlot_drop;
CREATE EVENT TRIGGER backlot_ddl ON ddl_command_end EXECUTE FUNCTION backlot.note_ddl();
CREATE EVENT TRIGGER backlot_drop ON sql_drop EXECUTE FUNCTION backlot.note_ddl();`

/**
 * Makes the log show every table of a database in full: `REPLICA IDENTITY FULL` (leaves and children too), unlogged
 * tables logged. Neither changes what a statement does: without a publication an identity is never checked.
 *
 * @param client a superuser's session on the database
 */
export async function prepareTables(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string; unlogged: boolean; partial_identity: boolean }>(userTables)
  const identities = rows.filter((row) => row.partial_identity)
  if (identities.length > 0) {
    await client.query(identities.map(({ name }) => `ALTER TABLE ONLY ${name} REPLICA IDENTITY FULL`).join(';\n'))
  }
  await setLogged(
    client,
    rows.filter((row) => row.unlogged).map((row) => row.name),
  )
}

/** A table can be logged once those that it refers to are; a cycle of references cannot, and stays as it is. */
async function setLogged(client: Client, names: readonly string[]): Promise<void> {
  let left = names
  while (left.length > 0) {
    const refused: string[] = []
    let refusal: unknown
    for (const name of left) {
      try {
        await client.query(`ALTER TABLE ${name} SET LOGGED`)
      } catch (error) {
        refused.push(name)
        refusal = error
      }
    }
    if (refused.length === left.length) throw unloggable(refused, refusal)
    left = refused
  }
}

function unloggable(names: readonly string[], cause: unknown): BacklotError {
  return new BacklotError('BACKLOT_BASELINE_FAILED', `unlogged tables cannot be made logged: ${names.join(', ')}`, {
    hint: "the log does not show what is written to them: create them without UNLOGGED, or use isolation: 'clone'",
    cause,
  })
}

/**
 * Prepares a template for rewinding: every table as {@link prepareTables} says, and event triggers that put a message
 * into the log when the schema changes. Run it after migrations and seed, as the last thing; a clone inherits it.
 *
 * @param client a superuser's session on the template
 */
export async function prepareTemplate(client: Client): Promise<void> {
  await prepareTables(client)
  await client.query(eventTriggers)
}
