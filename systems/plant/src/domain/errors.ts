/** HTTP status and title of everything that Plant refuses, by its stable name. */
const kinds = {
  'constitutional-alignment': [422, 'Not aligned with the constitution'],
  'hash-chain-broken': [500, 'Hash chain broken'],
  'signature-invalid': [422, 'Signature invalid'],
  'entity-not-found': [404, 'Entity not found'],
  'duplicate-entity': [409, 'Entity exists already'],
  'policy-denied': [403, 'Denied by policy'],
  'usage-limit': [429, 'Usage limit reached'],
  'polymorphic-identity': [422, 'Entity of another type'],
  validation: [422, 'Invalid entity'],
  drift: [422, 'Embedding drifted'],
  'schema-evolution': [422, 'Change not possible'],
  'reference-missing': [422, 'Referenced entity missing'],
  'append-only': [409, 'History cannot be changed'],
  conflict: [409, 'Changed by others meanwhile'],
  'pool-exhausted': [503, 'All connections in use'],
  'database-unavailable': [503, 'Database not available'],
  'command-timeout': [504, 'Database too slow'],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>>

/** The stable name of a refusal. */
export type PlantErrorCode = keyof typeof kinds

/** A refusal that the caller can understand. Anything else that is thrown is a fault of ours. */
export class PlantError extends Error {
  readonly code: PlantErrorCode
  /** HTTP status. */
  readonly status: number
  /** Further facts for the answer's body; never a secret. */
  readonly details: Readonly<Record<string, unknown>>

  /**
   * @param code stable name
   * @param message one sentence for a person
   * @param options `details` go into the answer, `cause` only into the log
   */
  constructor(
    code: PlantErrorCode,
    message: string,
    options: { readonly details?: Readonly<Record<string, unknown>>; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'PlantError'
    this.code = code
    this.status = kinds[code][0]
    this.details = options.details ?? {}
  }
}

/** An answer's body by RFC 9457. */
export interface Problem {
  /** Relative URI that names the kind of problem. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly [extension: string]: unknown
}

/** The body for an error. What is no {@link PlantError} is a fault of ours, of which nothing is told. */
export function toProblem(error: unknown): Problem {
  if (!(error instanceof PlantError)) {
    return { type: 'about:blank', title: 'Internal Server Error', status: 500, detail: 'Something went wrong.' }
  }
  const [status, title] = kinds[error.code]
  return { ...error.details, type: `/problems/${error.code}`, title, status, detail: error.message }
}
