/** What the words of a server's message and detail give away where a driver hands on nothing else. */
export interface ServerWords {
  readonly constraint?: string | undefined
  readonly table?: string | undefined
  readonly columns: readonly string[]
}

/** Takes the quotes off a name as Postgres prints it. */
export function unquote(name: string): string {
  return /^".*"$/.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name
}

/** Splits `a, "b, c", lower(d, e)` at the commas that separate columns. */
function splitColumns(list: string): readonly string[] {
  const columns = list.match(/(?:"(?:[^"]|"")*"|\((?:[^()]|\([^()]*\))*\)|[^,"(])+/g) ?? []
  return columns.map((column) => unquote(column.trim()))
}

/**
 * Reads names out of the text of an error. Servers that do not speak English give away less: these words only stand in
 * for the fields of the protocol, which the usual drivers hand on.
 *
 * @param message `null value in column "email" of relation "users" violates not-null constraint`
 * @param detail `Key (email)=(ada@example.org) already exists.`
 */
export function readServerWords(message: string, detail: string | undefined): ServerWords {
  const name = '"((?:[^"]|"")*)"'
  const find = (pattern: string): string | undefined => new RegExp(pattern).exec(message)?.[1]?.replaceAll('""', '"')
  const column = find(`column ${name} of relation`)
  const key = /^Key \((.*?)\)(?:=|\s+is\b|\s+conflicts\b)/.exec(detail ?? '')?.[1]
  return {
    constraint: find(`constraint ${name}`),
    table: find(`(?:relation|on table) ${name}`),
    columns: column === undefined ? (key === undefined ? [] : splitColumns(key)) : [column],
  }
}
