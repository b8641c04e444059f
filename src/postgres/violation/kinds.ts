/** Kinds of constraint, as `toViolate` names them. */
export type ViolationKind = 'unique' | 'foreign key' | 'not null' | 'check' | 'exclusion'

/** The kinds by SQLSTATE. A foreign key with RESTRICT has one of its own from PostgreSQL 18 on (23001). */
const kindBySqlState: Readonly<Record<string, ViolationKind>> = {
  '23001': 'foreign key',
  '23502': 'not null',
  '23503': 'foreign key',
  '23505': 'unique',
  '23514': 'check',
  '23P01': 'exclusion',
}

/** Every kind. */
export const violationKinds: readonly ViolationKind[] = ['unique', 'foreign key', 'not null', 'check', 'exclusion']

/** The kind of violation that an SQLSTATE stands for, if it stands for one. */
export function kindOf(sqlState: unknown): ViolationKind | undefined {
  return typeof sqlState === 'string' ? kindBySqlState[sqlState] : undefined
}

/** `a unique constraint`, `an exclusion constraint`. */
export function constraintOf(kind: ViolationKind): string {
  return `${/^[aeiou]/.test(kind) && kind !== 'unique' ? 'an' : 'a'} ${kind} constraint`
}

/** A constraint that was violated, as far as the driver tells. */
export interface Violation {
  readonly kind: ViolationKind
  readonly constraint?: string | undefined
  readonly schema?: string | undefined
  readonly table?: string | undefined
  /** Empty where Postgres names none: for a check constraint. */
  readonly columns: readonly string[]
  readonly detail?: string | undefined
  /** The server's own words, or the driver's where those are lost. */
  readonly message: string
}
