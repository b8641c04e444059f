import { count } from '../expect/index.ts'
import { omittedChanges } from './changes.ts'
import type { LeaseChanges } from './contract.ts'

/** What was changed, in one line: `db: 3 rows changed in users, invites`; no line if nothing was. */
export function summarise(service: string, { listed, omitted }: LeaseChanges): readonly string[] {
  const names = [...listed.map(({ table }) => table), ...Object.keys(omitted)]
  if (names.length === 0) return []
  const tables = [...new Set(names.map((name) => name.replace(/^public\./, '')))]
  const shown = tables.length > 5 ? `${tables.slice(0, 5).join(', ')} and ${tables.length - 5} more` : tables.join(', ')
  const rows = listed.filter(({ kind }) => kind !== 'truncate').length + omittedChanges(omitted)
  const truncated = listed.some(({ kind }) => kind === 'truncate')
  const what = rows > 0 ? `${count(rows, 'row')} changed` : 'truncation'
  return [`${service}: ${what}${truncated && rows > 0 ? ', with a truncation,' : ''} in ${shown}`]
}
