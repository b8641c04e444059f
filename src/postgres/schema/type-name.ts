/** Other names of Postgres's types, by the one that `format_type` prints. */
const aliases: Readonly<Record<string, string>> = {
  int: 'integer',
  int4: 'integer',
  serial: 'integer',
  serial4: 'integer',
  int2: 'smallint',
  smallserial: 'smallint',
  serial2: 'smallint',
  int8: 'bigint',
  bigserial: 'bigint',
  serial8: 'bigint',
  float: 'double precision',
  float8: 'double precision',
  float4: 'real',
  decimal: 'numeric',
  dec: 'numeric',
  bool: 'boolean',
  varchar: 'character varying',
  'char varying': 'character varying',
  char: 'character',
  varbit: 'bit varying',
  timestamptz: 'timestamp with time zone',
  timestamp: 'timestamp without time zone',
  timetz: 'time with time zone',
  time: 'time without time zone',
}

interface TypeName {
  readonly name: string
  /** What stands in parentheses, without spaces. */
  readonly modifier: string | undefined
  readonly dimensions: number
}

/** Takes a type's name apart: `timestamptz(3)[]`, `timestamp(3) with time zone`, `shop."Odd"`. */
function readType(written: string): TypeName {
  let rest = written.trim().replaceAll(/\s+/g, ' ')
  let dimensions = 0
  for (let array = /\s?\[\d*\]$/.exec(rest); array !== null; array = /\s?\[\d*\]$/.exec(rest)) {
    rest = rest.slice(0, array.index)
    dimensions += 1
  }
  const modifier = /\s?\(([^)]*)\)/.exec(rest)
  if (modifier !== null) rest = rest.replace(modifier[0], '').trim()
  const name = /"/.test(rest) ? rest.replaceAll(/"([a-z_][a-z0-9_$]*)"/g, '$1') : rest.toLowerCase()
  const plain = name.replace(/^pg_catalog\./, '')
  return { name: aliases[plain] ?? plain, modifier: modifier?.[1]?.replaceAll(' ', ''), dimensions }
}

/** Without its schema. */
function bare(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/**
 * Whether a type as somebody writes it is one that `format_type` printed: other names of a type are known (`int`, `varchar`,
 * `timestamptz`, ...); a modifier or a schema that is not written does not matter.
 *
 * @param written `varchar`, `varchar(255)`, `int[]`
 * @param printed `character varying(255)`
 */
export function isType(written: string, printed: string): boolean {
  const wanted = readType(written)
  const found = readType(printed)
  // Postgres keeps no number of dimensions: text[][] is text[].
  if (wanted.dimensions > 0 !== found.dimensions > 0) return false
  if (wanted.modifier !== undefined && wanted.modifier !== found.modifier) return false
  return wanted.name === found.name || (!wanted.name.includes('.') && wanted.name === bare(found.name))
}

/** The number of dimensions of a vector type: 384 for `vector(384)`; undefined for others. */
export function vectorDimensions(printed: string): number | undefined {
  const { name, modifier } = readType(printed)
  if (!['vector', 'halfvec', 'sparsevec', 'bit'].includes(bare(name)) || modifier === undefined) return undefined
  return Number(modifier)
}
