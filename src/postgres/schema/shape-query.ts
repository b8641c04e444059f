/** Names of columns by their numbers, in the order of the numbers. */
const namesOf = (table: string, numbers: string): string => `(
  SELECT coalesce(json_agg(a.attname ORDER BY k.place), '[]')
  FROM unnest(${numbers}) WITH ORDINALITY AS k(number, place)
  JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = k.number)`

const action = (letter: string): string => `CASE ${letter}
  WHEN 'a' THEN 'no action' WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade'
  WHEN 'n' THEN 'set null' WHEN 'd' THEN 'set default' END`

const columns = `(
  SELECT coalesce(json_agg(json_build_object(
    'name', a.attname,
    'type', format_type(a.atttypid, a.atttypmod),
    'nullable', NOT a.attnotnull,
    'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid, true) END,
    'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid, true) END,
    'stored', a.attgenerated = 's',
    'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END) ORDER BY a.attnum), '[]')
  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)`

// Not null (n, since PostgreSQL 18) is told by its column.
const constraints = `(
  SELECT coalesce(json_agg(json_build_object(
    'name', o.conname,
    'kind', CASE o.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key'
      WHEN 'c' THEN 'check' WHEN 'x' THEN 'exclusion' ELSE 'trigger' END,
    'columns', ${namesOf('o.conrelid', 'o.conkey')},
    'definition', pg_get_constraintdef(o.oid, true),
    'expression', pg_get_expr(o.conbin, o.conrelid, true),
    'references', (
      SELECT json_build_object('sql', format('"%s"."%s"', replace(fn.nspname, '"', '""'), replace(f.relname, '"', '""')),
        'shown', CASE WHEN pg_table_is_visible(f.oid) THEN f.relname ELSE fn.nspname || '.' || f.relname END,
        'columns', ${namesOf('o.confrelid', 'o.confkey')})
      FROM pg_class f JOIN pg_namespace fn ON fn.oid = f.relnamespace WHERE f.oid = o.confrelid AND o.contype = 'f'),
    'onDelete', ${action('o.confdeltype')},
    'onUpdate', ${action('o.confupdtype')},
    'deferrable', o.condeferrable,
    'deferred', o.condeferred) ORDER BY o.conname), '[]')
  FROM pg_constraint o WHERE o.conrelid = c.oid AND o.contype <> 'n')`

const indexes = `(
  SELECT coalesce(json_agg(json_build_object(
    'name', x.relname,
    'method', m.amname,
    'unique', i.indisunique,
    'valid', i.indisvalid,
    'nullsNotDistinct', i.indnullsnotdistinct,
    'columns', (
      SELECT json_agg(json_build_object(
        'text', coalesce(a.attname, pg_get_indexdef(i.indexrelid, k::int, true)),
        'operatorClass', p.opcname,
        'descending', i.indoption[k - 1] & 1 = 1) ORDER BY k)
      FROM generate_series(1, i.indnkeyatts) AS k
      LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[k - 1] AND a.attnum <> 0
      JOIN pg_opclass p ON p.oid = i.indclass[k - 1]),
    'include', (
      SELECT coalesce(json_agg(a.attname ORDER BY k), '[]')
      FROM generate_series(i.indnkeyatts + 1, i.indnatts) AS k
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[k - 1]),
    'predicate', pg_get_expr(i.indpred, i.indrelid, true),
    'parameters', coalesce(to_json(x.reloptions), '[]'),
    'definition', regexp_replace(pg_get_indexdef(i.indexrelid, 0, true), '^.*? USING ', ''),
    'constraint', (SELECT o.conname FROM pg_constraint o WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x')))
    ORDER BY x.relname), '[]')
  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
  WHERE i.indrelid = c.oid)`

const triggers = `(
  SELECT coalesce(json_agg(json_build_object(
    'name', t.tgname,
    'timing', CASE WHEN t.tgtype & 2 > 0 THEN 'before' WHEN t.tgtype & 64 > 0 THEN 'instead of' ELSE 'after' END,
    'events', array_remove(ARRAY[
      CASE WHEN t.tgtype & 4 > 0 THEN 'insert' END, CASE WHEN t.tgtype & 16 > 0 THEN 'update' END,
      CASE WHEN t.tgtype & 8 > 0 THEN 'delete' END, CASE WHEN t.tgtype & 32 > 0 THEN 'truncate' END], NULL),
    'level', CASE WHEN t.tgtype & 1 > 0 THEN 'row' ELSE 'statement' END,
    'function', t.tgfoid::regproc::text,
    'enabled', t.tgenabled <> 'D',
    'definition', regexp_replace(pg_get_triggerdef(t.oid, true), '^.*? (BEFORE|AFTER|INSTEAD OF) ', '\\1 ')) ORDER BY t.tgname), '[]')
  FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)`

const policies = `(
  SELECT coalesce(json_agg(json_build_object(
    'name', p.polname,
    'command', CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete'
      ELSE 'all' END,
    'permissive', p.polpermissive,
    'roles', (
      SELECT json_agg(coalesce(r.rolname, 'public') ORDER BY r.rolname)
      FROM unnest(p.polroles) AS role LEFT JOIN pg_roles r ON r.oid = role),
    'using', pg_get_expr(p.polqual, p.polrelid, true),
    'check', pg_get_expr(p.polwithcheck, p.polrelid, true)) ORDER BY p.polname), '[]')
  FROM pg_policy p WHERE p.polrelid = c.oid)`

const grants = `(
  SELECT coalesce(json_agg(json_build_object('role', coalesce(r.rolname, 'public'), 'right', lower(g.privilege_type),
    'column', g.attname) ORDER BY r.rolname, g.privilege_type, g.attname), '[]')
  FROM (
    SELECT x.grantee, x.privilege_type, NULL::name AS attname FROM aclexplode(c.relacl) x
    UNION ALL
    SELECT x.grantee, x.privilege_type, a.attname FROM pg_attribute a, aclexplode(a.attacl) x
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) g
  LEFT JOIN pg_roles r ON r.oid = g.grantee
  WHERE g.grantee <> c.relowner)`

/**
 * One row for each table: `TableShape` as JSON. `$1`: the quoted name of one table, or null; `$2`: a JSON array of schemas.
 * What belongs to an extension is left out of a whole schema.
 */
export const shapeQuery: string = `
  SELECT json_build_object(
    'schema', n.nspname,
    'name', c.relname,
    'kind', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table' END,
    'rowSecurity', c.relrowsecurity,
    'rowSecurityForced', c.relforcerowsecurity,
    'partitionedBy', CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
    'bounds', pg_get_expr(c.relpartbound, c.oid, true),
    'parents', (SELECT coalesce(json_agg(h.inhparent::regclass::text ORDER BY h.inhseqno), '[]') FROM pg_inherits h WHERE h.inhrelid = c.oid),
    'query', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid, true) END,
    'columns', ${columns},
    'constraints', ${constraints},
    'indexes', ${indexes},
    'triggers', ${triggers},
    'policies', ${policies},
    'grants', ${grants})
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND CASE WHEN $1::text IS NOT NULL THEN c.oid = to_regclass($1::text)
      ELSE n.nspname IN (SELECT json_array_elements_text($2::json))
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') END
  ORDER BY n.nspname, c.relname`
