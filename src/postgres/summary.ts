import { count } from '../expect/index.ts'
import type { RowChange } from './contract.ts'

/** What was changed, in one line: `db: 3 rows changed in users, invites`; no line if nothing was. */
export function summarise(service: string, changes: readonly RowChange[]): readonly string[] {
  if (changes.length === 0) return []
  const tables = [...new Set(changes.map(({ table }) => table.replace(/^public\./, '')))]
  const shown = tables.length > 5 ? `${tables.slice(0, 5).join(', ')} and ${tables.length - 5} more` : tables.join(', ')
  const rows = changes.filter(({ kind }) => kind !== 'truncate').length
  const truncated = changes.some(({ kind }) => kind === 'truncate')
  const what = rows > 0 ? `${count(rows, 'row')} changed` : 'truncation'
  return [`${service}: ${what}${truncated && rows > 0 ? ', with a truncation,' : ''} in ${shown}`]
}
