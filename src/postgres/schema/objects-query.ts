/** Left out: what belongs to an extension, and what came with something else, such as the constructors of a range. */
const isOwn = (catalog: string, oid: string): string => `NOT EXISTS (
  SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid} AND d.deptype IN ('e', 'i'))`

const named = (schema: string, name: string): string =>
  `CASE WHEN ${schema} = 'public' THEN ${name} ELSE ${schema} || '.' || ${name} END`

const wanted = 'n.nspname IN (SELECT json_array_elements_text($1::json))'

const types = `
  SELECT 'types', ${named('n.nspname', 't.typname')}, CASE t.typtype
    WHEN 'e' THEN 'enum (' || (SELECT coalesce(string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder), '')
      FROM pg_enum e WHERE e.enumtypid = t.oid) || ')'
    WHEN 'd' THEN concat_ws(' ', 'domain', format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN 'not null' END,
      'default ' || t.typdefault, (SELECT string_agg(pg_get_constraintdef(o.oid, true), ' ' ORDER BY o.conname)
        FROM pg_constraint o WHERE o.contypid = t.oid AND o.contype = 'c'))
    WHEN 'r' THEN (SELECT 'range of ' || format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid)
    ELSE '(' || (SELECT coalesce(string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum), '')
      FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) || ')' END
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE ${wanted} AND (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c') AND ${isOwn('pg_type', 't.oid')}`

/** A sequence of an identity is told by its column. */
const sequences = `
  SELECT 'sequences', ${named('n.nspname', 'c.relname')}, concat_ws(' ', format_type(s.seqtypid, NULL), 'start', s.seqstart, 'increment',
    s.seqincrement, 'from', s.seqmin, 'to', s.seqmax, CASE WHEN s.seqcycle THEN 'cycle' END)
  FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${wanted} AND ${isOwn('pg_class', 'c.oid')}
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i')`

const functions = `
  SELECT 'functions', ${named('n.nspname', 'p.proname')} || '(' || pg_get_function_identity_arguments(p.oid) || ')',
    CASE p.prokind WHEN 'a' THEN 'aggregate returning ' || format_type(p.prorettype, NULL) ELSE pg_get_functiondef(p.oid) END
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE ${wanted} AND ${isOwn('pg_proc', 'p.oid')}`

/** Extensions are the database's, whatever schema they are in. */
const extensions = `
  SELECT 'extensions', e.extname, '' FROM pg_extension e WHERE e.extname <> 'plpgsql' AND e.extname NOT LIKE 'backlot%'`

/** Objects that hang on no table, one a row: kind, name, definition. `$1`: a JSON array of schemas. */
export const objectsQuery: string = [types, sequences, functions, extensions]
  .join('\nUNION ALL\n')
  .concat('\nORDER BY 1, 2')

/** Every schema that is the user's. */
export const schemasQuery: string = `
  SELECT nspname FROM pg_namespace
  WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'backlot') ORDER BY 1`
