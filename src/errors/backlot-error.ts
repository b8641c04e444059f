import type { ErrorCode } from './codes.ts'

/** What a {@link BacklotError} is made of besides its code and its cause in one line. */
export interface BacklotErrorOptions {
  /** What the reader can do about it: a command or an edit, in one line. */
  readonly hint: string
  /** More lines for the reader: a log's last lines, a statement, a list. Never a secret. */
  readonly details?: string
  /** The error that led to this one. */
  readonly cause?: unknown
}

/**
 * The one error that Backlot throws on purpose.
 *
 * @example
 * ```ts
 * throw new BacklotError('BACKLOT_DRIVER_MISSING', 'postgres() needs the package pg', { hint: 'npm install -D pg' })
 * ```
 */
export class BacklotError extends Error {
  override readonly name = 'BacklotError'
  /** Stable code, see `errorCodes`. */
  readonly code: ErrorCode
  /** The cause in one line, without code and hint. */
  readonly summary: string
  /** What mends it, in one line. */
  readonly hint: string
  /** Further lines, if any. */
  readonly details: string | undefined

  constructor(code: ErrorCode, summary: string, options: BacklotErrorOptions) {
    const lines = [`${summary} [${code}]`, `  → ${options.hint}`]
    if (options.details !== undefined) lines.push(options.details)
    super(lines.join('\n'), options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.summary = summary
    this.hint = options.hint
    this.details = options.details
  }
}

/**
 * Whether a value is a {@link BacklotError}, also one that crossed a process or a second copy of the package.
 *
 * @param value anything that was thrown
 * @param code if given, only an error with this code counts
 */
export function isBacklotError(value: unknown, code?: ErrorCode): value is BacklotError {
  if (!(value instanceof Error) || value.name !== 'BacklotError' || !('code' in value)) return false
  return code === undefined || value.code === code
}
