import type { Json } from '../../contracts/index.ts'
import { BacklotError, type ErrorCode, isBacklotError } from '../../errors/index.ts'

/** An error as it crosses the socket: a `BacklotError` arrives as one, anything else as an `Error` with its stack. */
export type WireError = {
  readonly $error: {
    readonly message: string
    readonly stack?: string
    readonly code?: ErrorCode
    readonly summary?: string
    readonly hint?: string
    readonly details?: string
  }
}

/** Makes an error fit to cross the socket: code, cause, hint and details of a `BacklotError`, message and stack of any other. */
export function toWireError(error: unknown): WireError {
  if (isBacklotError(error)) {
    const { message, stack, code, summary, hint, details } = error
    return {
      $error: { message, code, summary, hint, ...(stack && { stack }), ...(details !== undefined && { details }) },
    }
  }
  if (error instanceof Error) return { $error: { message: error.message, ...(error.stack && { stack: error.stack }) } }
  return { $error: { message: String(error) } }
}

/** The error that {@link toWireError} was given, as far as it crossed: a `BacklotError` if it was one. */
export function fromWireError({ $error }: WireError): Error {
  if ($error.code !== undefined) {
    return new BacklotError($error.code, $error.summary ?? $error.message, {
      hint: $error.hint ?? '',
      ...($error.details !== undefined && { details: $error.details }),
    })
  }
  const error = new Error($error.message)
  if ($error.stack !== undefined) error.stack = $error.stack
  return error
}

/** Whether a parsed value is a {@link WireError}. */
export function isWireError(value: unknown): value is WireError {
  return typeof value === 'object' && value !== null && '$error' in value
}

/** Same as `JSON.stringify`, with errors as {@link WireError}. */
export function encode(message: unknown): string {
  return JSON.stringify(message, (_key, value: unknown) => (value instanceof Error ? toWireError(value) : value))
}

/** The reverse of {@link encode}. */
export function decode(text: string): unknown {
  return JSON.parse(text, (_key, value: Json) => (isWireError(value) ? fromWireError(value) : value))
}
