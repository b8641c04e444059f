/** Plant with one thing of it broken. */
export interface Mutant {
  /** What is broken, as a phrase: `the policy on skills is gone`. */
  readonly name: string
  /** Whose tests are to notice: `rls` for `tests/integration/rls.test.ts`. */
  readonly suite: string
  /** Edits of Plant's files; each must find its text exactly once. */
  readonly edits: readonly Edit[]
}

/** One text in one file put for another. */
export interface Edit {
  /** Relative to Plant's folder: `migrations/005_row_level_security.up.sql`. */
  readonly file: string
  readonly find: string
  readonly put: string
}

/** A mutant of one edit, as most are. */
export function mutant(suite: string, name: string, file: string, find: string, put: string): Mutant {
  return { suite, name, edits: [{ file, find, put }] }
}

/**
 * A file with an edit made.
 *
 * @throws Error when the text is not there, or there more than once: the mutant has to follow the code
 */
export function applyEdit(content: string, { file, find, put }: Edit): string {
  const parts = content.split(find)
  if (parts.length === 2) return parts.join(put)
  throw new Error(`${file}: the text of a mutant is there ${parts.length - 1} times, not once:\n${find}`)
}
