/** What a statement does to the transaction that it runs in. */
export type TransactionControl =
  | 'begin'
  | 'commit'
  | 'rollback'
  /** `SET TRANSACTION ...`: only possible before the first statement, which was long ago. */
  | 'characteristics'
  /** Handed on as it is: `SAVEPOINT`, `RELEASE`, `ROLLBACK TO`. */
  | 'savepoint'
  | 'none'

const comments = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/

/** Tells what a statement does to its transaction, by its first words. */
export function transactionControl(statement: string): TransactionControl {
  const text = statement.replace(comments, '').slice(0, 80)
  if (/^(begin|start\s+transaction)\b/i.test(text)) return 'begin'
  if (/^(commit|end)\b/i.test(text)) return 'commit'
  if (/^rollback\s+(work\s+|transaction\s+)?to\b/i.test(text) || /^(savepoint|release)\b/i.test(text))
    return 'savepoint'
  if (/^(rollback|abort)\b/i.test(text)) return 'rollback'
  if (/^set\s+(local\s+|session\s+)?transaction\b/i.test(text)) return 'characteristics'
  return 'none'
}
