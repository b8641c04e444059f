/** Types of columns with SQL expressions for their values: ordinary ones, edges, and what is known to be printed oddly. */
export const columnTypes: Readonly<Record<string, readonly string[]>> = {
  int: ['0', '1', '-1', '2147483647', '-2147483648', '42'],
  bigint: ['0', '9223372036854775807', '-9223372036854775808', '7'],
  smallint: ['0', '-32768', '32767'],
  boolean: ['true', 'false'],
  text: [
    "''",
    "'a'",
    "'null'",
    "'it''s'",
    "E'tab\\t newline\\n back\\\\slash'",
    '\'(1,"x")\'',
    "' new-tuple: id[integer]:1'",
    "'{a,b}'",
    "'unchanged-toast-datum'",
    "'ünïcödé 😀'",
    "E'\\u00a0\\u0085'",
    "'true'",
    "U&'\\FEFF'",
  ],
  big: [
    "repeat('x', 9000)",
    "(SELECT string_agg(md5(g::text), '') FROM generate_series(1, 400) g)",
    "(SELECT string_agg(md5((g * 7)::text), ',') FROM generate_series(1, 900) g)",
    "'small'",
  ],
  'varchar(12)': ["'short'", "''", "'twelve chars'"],
  'char(5)': ["'ab'", "''", "'a b'"],
  '"char"': ["'x'", "''", "'('"],
  numeric: [
    "'NaN'",
    "'Infinity'",
    "'-Infinity'",
    '0',
    '1.0',
    '1.00',
    '-0.000',
    '12345678901234567890.123456789',
    '1e-20',
    '1e300',
  ],
  'numeric(6,2)': ["'NaN'", '0', '9999.99', '-1.5'],
  float8: [
    "'NaN'",
    "'Infinity'",
    "'-Infinity'",
    "'-0'",
    '0',
    '0.1::float8 + 0.2::float8',
    '5e-324',
    '1.7976931348623157e308',
    "- 'NaN'::float8",
  ],
  float4: ["'NaN'", "'-0'", '0.1', '3.4028235e38', '1e-45'],
  timestamptz: [
    "'infinity'",
    "'-infinity'",
    "'4713-11-24 00:00:00+00 BC'",
    "'294276-12-31 23:59:59.999999+00'",
    "'2024-02-29 12:00:00.000001+05:30'",
    "'0044-03-15 10:00:00+00 BC'",
    'now()',
    'clock_timestamp()',
  ],
  timestamp: ["'infinity'", "'0001-01-01 BC'", "'2000-01-01 00:00:00.5'"],
  date: ["'infinity'", "'-infinity'", "'4713-11-24 BC'", "'5874897-12-31'", "'2024-02-29'"],
  time: ["'24:00'", "'00:00:00.000001'"],
  timetz: ["'23:59:59+15:59'", "'12:00-08'"],
  interval: ["'0'", "'1 mon -1 day +00:00:01'", "'-178000000 years'", "'1 day'", "'24 hours'", "'-0.000001 s'"],
  bytea: ["''", "'\\x00ff27225c'", "decode(repeat('00ff', 3000), 'hex')", "'\\x'"],
  uuid: ['gen_random_uuid()', "'00000000-0000-0000-0000-000000000000'"],
  jsonb: [
    "'null'",
    "'{}'",
    `'{"a": [1, 1.0, null, "x\\"y"], "b": {"c": ""}}'`,
    "'\"it''s\"'",
    "'1e5'",
    "to_jsonb(repeat('long ', 2000))",
  ],
  json: ["'null'", `'{"a":1,  "a":2}'`, "'[ ]'", '\'"\\u00e9"\''],
  xml: ["'<a b=\"c\">it''s</a>'", "'text only'", "''"],
  'int[]': ["'{}'", "'{1,NULL,3}'", "'[0:1]={7,8}'", "'{{1,2},{3,4}}'", 'array_remove(ARRAY[1, NULL], NULL)'],
  'text[]': ["'{}'", `'{"a b","",NULL,"NULL","q\\"uote","back\\\\slash"}'`, "ARRAY['{', ',', '''']"],
  mood: ["'sad'", "'so so'", "'it''s ok'"],
  'mood[]': ['\'{sad,"so so"}\'', "'{}'"],
  pair: ["ROW(1, 'x y')", "ROW(NULL, '')", 'ROW(NULL, NULL)', "ROW(-1, '(,\")')", 'NULL::pair'],
  'pair[]': ["ARRAY[ROW(1, 'a,b')::pair, NULL]", "'{}'"],
  positive: ['1', '5', '99999999999'],
  label: ["'l'", "'with space'"],
  int4range: ["'empty'", "'(,)'", "'[1,5)'", "'(1,)'"],
  numrange: ["'[1.0,2.00]'", "'empty'"],
  int4multirange: ["'{}'", "'{[1,3),[5,9)}'"],
  tstzrange: ["'[2020-01-01,infinity)'", "'(,2000-01-01]'"],
  inet: ["'10.0.0.1'", "'::1/64'"],
  cidr: ["'10.0.0.0/8'"],
  macaddr: ["'08:00:2b:01:02:03'"],
  money: ["'1.50'", "'-92233720368547758.08'"],
  point: ["'(1,2)'", "'(NaN,-0)'", "'(Infinity,1e-300)'"],
  polygon: ["'((0,0),(1,1),(1,0))'"],
  circle: ["'<(0.1,0.2),3>'"],
  'bit(5)': ["B'10101'", "B'00000'"],
  varbit: ["B''", "B'1'"],
  tsvector: ["'fat:2A cat:1'", "''", "to_tsvector('english', 'The quick brown foxes')"],
  tsquery: ["'fat & (rat | !cat)'"],
  pg_lsn: ["'0/0'", "'16/B374D848'"],
  regclass: ["'pg_class'", "'numbers'", "'0'"],
  name: ["'n'", "''"],
  jsonpath: ["'$.a[*] ? (@ > 1)'"],
}

/** Columns of these can be compared, so that they may be part of a key. */
export const keyTypes = [
  'int',
  'text',
  'varchar(12)',
  'numeric',
  'timestamptz',
  'bytea',
  'mood',
  'date',
  'label',
] as const

/** Types that a schema needs to have made. `positive` is a domain over bigint, `label` one over text. */
export const typeDefinitions = `
  CREATE TYPE mood AS ENUM ('sad', 'so so', 'it''s ok');
  CREATE TYPE pair AS (a int, b text);
  CREATE DOMAIN positive AS bigint CHECK (VALUE > 0);
  CREATE DOMAIN label AS text CHECK (VALUE <> 'never');
  CREATE SEQUENCE numbers START 5;
  CREATE SEQUENCE hoard CACHE 10 INCREMENT 3;
  CREATE SEQUENCE rest START 100 INCREMENT -7 MINVALUE -1000000 MAXVALUE 100`

/** The SQL type of an entry of {@link columnTypes}. */
export function sqlType(type: string): string {
  return type === 'big' ? 'text' : type
}

/** A value expression of a type, chosen by a number; a fifth of them are null where that is allowed. */
export function valueFor(type: string, choice: number, nullable: boolean): string {
  if (nullable && choice % 5 === 4) return 'NULL'
  const values = columnTypes[type] ?? ['NULL']
  const value = values[Math.floor(choice / 5) % values.length] ?? 'NULL'
  return `(${value})::${sqlType(type)}`
}
