/** What a role's attempt came to. */
export type Access =
  /** It was done. */
  | 'allowed'
  /** Nothing was done and nothing said: the row is not there for this role, a policy's USING hides it. */
  | 'no rows'
  /** SQLSTATE 42501 from a policy's WITH CHECK. */
  | 'violates policy'
  /** SQLSTATE 42501 from the privileges of a table, column, schema, sequence or function. */
  | 'permission denied'
  /** Another SQLSTATE: it proves neither. */
  | `error ${string}`

/** An attempt with the server's own words, where it refused. */
export interface Attempted {
  readonly access: Access
  readonly message?: string
}

/** SQLSTATE and words of an error of the server; undefined for any other error. */
export function serverError(error: unknown): { readonly code: string; readonly message: string } | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined
  return /^[0-9A-Z]{5}$/.test(error.code) ? { code: error.code, message: error.message } : undefined
}

/** SQLSTATE `insufficient_privilege`: of policies and of privileges alike. */
const insufficientPrivilege = '42501'

/** Both kinds of refusal have one SQLSTATE, and words that are translated: what tells them apart is who raised it. */
function isFromPolicy(error: unknown): boolean {
  return error instanceof Error && 'routine' in error && error.routine === 'ExecWithCheckOptions'
}

/**
 * Runs a statement and says what it came to.
 *
 * @param run resolves to how many rows it concerned
 */
export async function attempt(run: () => Promise<number>): Promise<Attempted> {
  try {
    return { access: (await run()) > 0 ? 'allowed' : 'no rows' }
  } catch (error) {
    const refused = serverError(error)
    if (refused === undefined) throw error
    const { code, message } = refused
    if (code !== insufficientPrivilege) return { access: `error ${code}`, message }
    return { access: isFromPolicy(error) ? 'violates policy' : 'permission denied', message }
  }
}
