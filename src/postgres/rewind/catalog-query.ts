/** Schemas whose tables are the server's own, or a session's own. */
const userSchemas = `n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg\\_temp\\_%'
    AND n.nspname NOT LIKE 'pg\\_toast\\_temp\\_%'`

/**
 * The key of a table: its primary key, else a unique index over columns that cannot be null. Only btree indexes, whole
 * (no predicate) and over plain columns. `operator` is the equality of the index's own operator family, which need not be
 * the one that `=` means on the search path (citext).
 */
const keyOf = `(
    SELECT json_agg(json_build_object(
      'column', quote_ident(a.attname),
      'operator', format('%I.%s', opn.nspname, o.oprname)) ORDER BY k.ord)
    FROM (
      SELECT i.indrelid, i.indkey, i.indclass
      FROM pg_index i
      JOIN pg_class ic ON ic.oid = i.indexrelid
      JOIN pg_am am ON am.oid = ic.relam AND am.amname = 'btree'
      WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
        AND NOT EXISTS (
          SELECT FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(attnum, ord)
          JOIN pg_attribute ua ON ua.attrelid = c.oid AND ua.attnum = u.attnum
          WHERE u.ord <= i.indnkeyatts AND NOT ua.attnotnull)
      ORDER BY i.indisprimary DESC, i.indnatts, i.indexrelid
      LIMIT 1
    ) i
    CROSS JOIN LATERAL unnest(i.indkey::int2[], i.indclass::oid[]) WITH ORDINALITY AS k(attnum, opclass, ord)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    JOIN pg_opclass oc ON oc.oid = k.opclass
    JOIN pg_amop ao ON ao.amopfamily = oc.opcfamily AND ao.amopstrategy = 3
      AND ao.amoplefttype = oc.opcintype AND ao.amoprighttype = oc.opcintype
    JOIN pg_operator o ON o.oid = ao.amopopr
    JOIN pg_namespace opn ON opn.oid = o.oprnamespace)`

/** Every table that holds rows of users. Names are quoted as test_decoding quotes them. */
export const tablesQuery: string = `
  SELECT c.oid::int8::float8 AS oid,
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name,
    rn.nspname || '.' || r.relname AS root_plain,
    quote_ident(rn.nspname) || '.' || quote_ident(r.relname) AS root_quoted,
    c.relkind AS kind,
    c.relreplident = 'f' AS full_identity,
    c.relpersistence = 'p' AS logged,
    columns.names AS columns, columns.quoted, columns.generated,
    ${keyOf} AS key,
    (SELECT json_agg(json_build_object('name', quote_ident(t.tgname), 'state', t.tgenabled) ORDER BY t.tgname)
      FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgenabled IN ('A', 'R')) AS triggers,
    EXISTS (SELECT FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam
      WHERE i.indrelid = c.oid AND am.amname = 'hnsw') AS shows_gone,
    EXISTS (SELECT FROM pg_rewrite w WHERE w.ev_class = c.oid AND w.ev_enabled IN ('A', 'R')) AS rules
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class r ON r.oid = CASE WHEN c.relispartition THEN pg_partition_root(c.oid) ELSE c.oid END
  JOIN pg_namespace rn ON rn.oid = r.relnamespace
  CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(a.attname ORDER BY a.attnum), '[]') AS names,
      coalesce(json_agg(quote_ident(a.attname) ORDER BY a.attnum), '[]') AS quoted,
      coalesce(json_agg(a.attgenerated ORDER BY a.attnum), '[]') AS generated
    FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  ) AS columns
  WHERE c.relkind IN ('r', 'm') AND ${userSchemas}`

/**
 * Every sequence of the user with the tables that take their numbers from it: as default, identity or owner. Read into
 * `Sequence`.
 */
export const sequencesQuery: string = `
  SELECT c.oid::int8::float8 AS oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, s.seqcache > 1 AS cached,
    coalesce((SELECT json_agg(DISTINCT quote_ident(tn.nspname) || '.' || quote_ident(t.relname))
      FROM (
        SELECT refobjid AS table FROM pg_depend
        WHERE classid = 'pg_class'::regclass AND objid = c.oid AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i')
        UNION ALL
        SELECT ad.adrelid FROM pg_depend d JOIN pg_attrdef ad ON ad.oid = d.objid
        WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
      ) AS uses
      JOIN pg_class t ON t.oid = uses.table AND t.relkind IN ('r', 'p')
      JOIN pg_namespace tn ON tn.oid = t.relnamespace), '[]') AS users
  FROM pg_sequence s
  JOIN pg_class c ON c.oid = s.seqrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${userSchemas}
  ORDER BY c.oid`
