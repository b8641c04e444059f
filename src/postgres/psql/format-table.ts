import { count } from '../../expect/index.ts'

const mostWidth = 60

function clip(text: string): string {
  const line = text.replaceAll('\n', '↵')
  return line.length > mostWidth ? `${line.slice(0, mostWidth - 1)}…` : line
}

/** Rows as a table of text, the way a person reads them; NULL is shown as an empty cell in angle brackets. */
export function formatTable(
  names: readonly string[],
  rows: readonly (readonly (string | null)[])[],
): readonly string[] {
  const cells = rows.map((row) => row.map((value) => (value === null ? '<null>' : clip(value))))
  const widths = names.map((name, index) => Math.max(name.length, ...cells.map((row) => (row[index] ?? '').length)))
  const line = (row: readonly string[]): string =>
    row
      .map((value, index) => ` ${value.padEnd(widths[index] ?? 0)} `)
      .join('|')
      .trimEnd()
  const rule = widths.map((width) => '-'.repeat(width + 2)).join('+')
  return [line(names), rule, ...cells.map(line), `(${count(rows.length, 'row')})`]
}
