import type { Statement } from './split.ts'

/** Statements that PostgreSQL refuses inside a transaction block (25001), by their first words. */
const alone: readonly RegExp[] = [
  /^create\s+(unique\s+)?index\s+concurrently\b/i,
  /^drop\s+index\s+concurrently\b/i,
  /^reindex\b[^;]*\bconcurrently\b/i,
  /^reindex\s+(\([^)]*\)\s*)?(database|system)\b/i,
  /^vacuum\b/i,
  /^(create|drop)\s+(database|tablespace)\b/i,
  /^alter\s+system\b/i,
  /^alter\s+database\s+\S+\s+set\s+tablespace\b/i,
  /^alter\s+table\b[^;]*\bdetach\s+partition\b[^;]*\bconcurrently\b/i,
  /^(create|drop|alter)\s+subscription\b/i,
]

/** The file begins and ends transactions itself. */
const ownControl = /^(begin|start\s+transaction|commit|rollback|abort)\b/i

/** Written in a file, it keeps Backlot from putting the file into a transaction. */
const marker = /^[ \t]*--[ \t]*backlot:[ \t]*no-transaction\b/im

function withoutComments(text: string): string {
  return text.replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '')
}

/** Whether a statement that commits by itself would do the same in a transaction of its own. */
export function canBeWrapped({ text }: Statement): boolean {
  const bare = withoutComments(text)
  return ![ownControl, /^(do|call|end|savepoint|prepare)\b/i, ...alone].some((pattern) => pattern.test(bare))
}

/** Whether a file's statements can run in one transaction. */
export function runsInTransaction(content: string, statements: readonly Statement[]): boolean {
  if (marker.test(content)) return false
  return !statements.some(({ text }) => {
    const bare = withoutComments(text)
    return ownControl.test(bare) || alone.some((pattern) => pattern.test(bare))
  })
}

const leadsBack = /^[ \t]*--[ \t]*(?:migrate:down|\+goose down|down migration)\b/im

/**
 * Leaves out what leads back in files that hold both ways: after `-- migrate:down` (dbmate), `-- +goose Down`,
 * `-- Down Migration` (node-pg-migrate).
 */
export function upwards(content: string): string {
  const down = leadsBack.exec(content)
  return down === null ? content : content.slice(0, down.index)
}

/** What {@link upwards} leaves out, on the lines where it stands; undefined where a file holds one way alone. */
export function downwards(content: string): string | undefined {
  const down = leadsBack.exec(content)
  if (down === null) return undefined
  return content.slice(0, down.index).replaceAll(/[^\n]/g, ' ') + content.slice(down.index)
}
