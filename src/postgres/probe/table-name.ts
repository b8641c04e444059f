import { BacklotError } from '../../errors/index.ts'

/** How a table is named: as one would write it in SQL, or as an exact pair of schema and table. */
export type WrittenTableName = string | readonly [schema: string, table: string]

/** A table's name, taken apart. */
export interface TableName {
  readonly schema: string | undefined
  readonly name: string
  /** True: written without quotes, so that Postgres would fold it to lower case. */
  readonly folds: boolean
  /** As it was written, for messages. */
  readonly written: string
}

function unreadable(written: string): BacklotError {
  return new BacklotError('BACKLOT_TABLE_NOT_FOUND', `not the name of a table: ${written || "''"}`, {
    hint: `write 'users', 'schema.users', '"Quoted Name"' or ['schema', 'table']`,
  })
}

/** Part of a name up to a dot that stands outside of quotes. */
const part = /(?:"((?:[^"]|"")+)"|([^".]+))(\.|$)/y

/**
 * Takes a table's name apart.
 *
 * @throws BacklotError `BACKLOT_TABLE_NOT_FOUND` for what cannot be a name
 */
export function parseTableName(written: WrittenTableName): TableName {
  if (typeof written !== 'string') {
    const [schema, name] = written
    return { schema, name, folds: false, written: `${schema}.${name}` }
  }
  const parts: { readonly text: string; readonly quoted: boolean }[] = []
  part.lastIndex = 0
  while (part.lastIndex < written.length) {
    const found = part.exec(written)
    if (found === null) throw unreadable(written)
    parts.push({ text: found[1]?.replaceAll('""', '"') ?? found[2] ?? '', quoted: found[1] !== undefined })
  }
  const name = parts.at(-1)
  if (name === undefined || parts.length > 2 || written.endsWith('.')) throw unreadable(written)
  const schema = parts.length === 2 ? parts[0]?.text : undefined
  return { schema, name: name.text, folds: parts.every(({ quoted }) => !quoted), written }
}

/** A name as SQL needs it, always in quotes. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
