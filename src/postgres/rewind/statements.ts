import type { Catalog, Table } from './catalog.ts'
import { rowsLiteral, sqlString } from './image.ts'
import { type Moment, nobodySince } from './moment.ts'
import type { Net } from './net.ts'
import type { SequenceMove, SequenceState } from './sequences.ts'
import type { Template } from './templates.ts'
import { deleteTemplate, insertTemplate, mismatch } from './templates.ts'

/** What is to be done to the rows of a database, and where its sequences are to stand afterwards. */
export interface Work {
  readonly net: Net
  /** `undo`: the net change is taken back. `redo`: it is made again. */
  readonly direction: 'undo' | 'redo'
  readonly sequences: readonly SequenceMove[]
  /**
   * The moment up to which the net change is known. Where a sequence is put back, nobody may have committed since: rows that
   * are not known yet would meet their numbers again. Undefined: nobody can have.
   */
  readonly known: Moment | undefined
  /** The oldest transaction that the net change is made of; undefined: not known. */
  readonly oldest: number | undefined
}

/** One transaction, to be sent as one simple query, and what must have been prepared before. */
export interface Statements {
  readonly templates: readonly Template[]
  /** Empty: there is nothing to do. */
  readonly text: string
}

interface TableWork {
  readonly table: Table
  readonly empty: boolean
  readonly gone: readonly string[]
  readonly back: readonly string[]
}

function tableWork(catalog: Catalog, work: Work): TableWork[] {
  const sign = work.direction === 'undo' ? 1 : -1
  const list: TableWork[] = []
  for (const [name, { truncated, images }] of work.net.tables) {
    if (images.size === 0 && !truncated) continue
    const table = catalog.tables.get(name)
    if (table === undefined) throw new Error(`${name} is not in the catalog`)
    const gone: string[] = []
    const back: string[] = []
    for (const [literal, count] of images) {
      const into = count * sign > 0 ? gone : back
      for (let left = Math.abs(count); left > 0; left -= 1) into.push(literal)
    }
    list.push({ table, empty: truncated && work.direction === 'redo', gone, back })
  }
  return list
}

/** Tables that change, and those whose columns take numbers from sequences that are put back. */
export function tablesToLock({ net, sequences }: Pick<Work, 'net' | 'sequences'>): string[] {
  const changed = [...net.tables].filter(([, { truncated, images }]) => truncated || images.size > 0)
  const users = sequences.flatMap(({ to }) => to.sequence.users)
  return [...new Set([...changed.map(([name]) => name), ...users])].sort()
}

/** Something that is not constant: the planner would fail at once on a constant that is no number. */
function failure(what: string): string {
  return `(${sqlString(`${mismatch}: ${what}, `)} || pg_catalog.pg_backend_pid())::pg_catalog.int4`
}

/** Fails when someone may have written since a moment. */
const knownTemplate: Template = {
  name: 'backlot_known',
  text: `PREPARE backlot_known (pg_catalog.int8, pg_catalog.int8, pg_catalog.int8) AS
SELECT CASE WHEN ${nobodySince} THEN 0 ELSE ${failure('someone wrote')} END`,
}

/**
 * Fails when a sequence has moved since it was looked at: whoever moved it has rows that are not known yet, and would meet
 * their numbers again.
 */
function checkSequences(moves: readonly SequenceMove[]): string[] {
  const known = moves.flatMap(({ from }) => (from === undefined ? [] : [from]))
  const still = known.map(
    ({ sequence, last, called }) => `(SELECT last_value = ${last} AND is_called = ${called} FROM ${sequence.name})`,
  )
  if (still.length === 0) return []
  return [`SELECT CASE WHEN ${still.join(' AND ')} THEN 0 ELSE ${failure('sequences')} END`]
}

function setSequences(states: readonly SequenceState[]): string[] {
  const statements = states
    .filter(({ sequence }) => sequence.cached)
    .map(({ sequence }) => `ALTER SEQUENCE ${sequence.name} RESTART`)
  const values = states.map(
    ({ sequence, last, called }) => `pg_catalog.setval('${sequence.oid}'::pg_catalog.regclass, ${last}, ${called})`,
  )
  if (values.length > 0) statements.push(`SELECT ${values.join(', ')}`)
  return statements
}

/**
 * The statements of one verified transaction: triggers that would fire although the session replays are put to sleep, all
 * rows that must go are deleted, then all rows that must be there are inserted (never updated, so that swapped unique
 * values cannot collide), the triggers are put back as they were, and the sequences set.
 */
export function statements(catalog: Catalog, work: Work): Statements {
  const tables = tableWork(catalog, work)
  const templates: Template[] = []
  const list: string[] = []
  const execute = (template: Template, table: Table, rows: readonly string[], more = ''): void => {
    templates.push(template)
    list.push(`EXECUTE ${template.name}(${rowsLiteral(table, rows)}, ${rows.length}${more})`)
  }
  // An app's statement that comes meanwhile waits for the whole and then sees all rows. At a row's lock it would wait for a row
  // that is gone afterwards, and come out with less than there is.
  const locked = tablesToLock(work)
  if (locked.length > 0) list.push(lockTables(locked))
  if (work.known !== undefined && work.sequences.length > 0) {
    const { written, sessions, at } = work.known
    templates.push(knownTemplate)
    // A transaction that began earlier would see other sessions as they were when it first looked.
    list.push('SELECT pg_catalog.pg_stat_clear_snapshot()')
    list.push(`EXECUTE ${knownTemplate.name}(${written}, ${sessions}, ${at})`)
  }
  const stubborn = tables.flatMap(({ table }) => table.triggers.map((trigger) => ({ table, ...trigger })))
  for (const { table, name } of stubborn) list.push(`ALTER TABLE ONLY ${table.name} DISABLE TRIGGER ${name}`)
  for (const { table, empty } of tables) if (empty) list.push(`DELETE FROM ONLY ${table.name}`)
  const losing = tables.filter(({ gone }) => gone.length > 0)
  const [keyed, placed] = [losing.filter(hasKey), losing.filter((entry) => !hasKey(entry))]
  for (const { table, gone } of keyed) execute(deleteTemplate(table), table, gone)
  // Places are looked up by reading the whole table once, and never once per image.
  if (placed.length > 0) list.push('SET LOCAL enable_seqscan = on', 'SET LOCAL enable_nestloop = off')
  const age = work.oldest === undefined ? '2147483647' : `pg_catalog.age('${work.oldest}'::pg_catalog.xid)`
  for (const { table, gone } of placed) execute(deleteTemplate(table), table, gone, `, ${age}`)
  for (const { table, back } of tables) {
    if (back.length === 0) continue
    if (table.writable.length > 0) execute(insertTemplate(table), table, back)
    // Every stored column is generated: there is nothing to name.
    else for (const _ of back) list.push(`INSERT INTO ${table.name} DEFAULT VALUES`)
  }
  for (const { table, name, state } of stubborn)
    list.push(`ALTER TABLE ONLY ${table.name} ENABLE ${state} TRIGGER ${name}`)
  list.push(...checkSequences(work.sequences), ...setSequences(work.sequences.map(({ to }) => to)))
  return { templates, text: list.join(';\n') }
}

/** Keeps everybody from writing, and from locking rows, until the end of the transaction; reading goes on. */
export function lockTables(names: readonly string[]): string {
  return `LOCK TABLE ${names.map((name) => `ONLY ${name}`).join(', ')} IN EXCLUSIVE MODE`
}

function hasKey({ table }: TableWork): boolean {
  return table.key.length > 0
}
