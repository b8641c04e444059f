/**
 * One error class for everything Backlot refuses or loses: a stable code, the cause in one line, what mends it.
 *
 * @module
 */
export { BacklotError, type BacklotErrorOptions, isBacklotError } from './backlot-error.ts'
export { type ErrorCode, errorCodes } from './codes.ts'
export { nearest } from './nearest.ts'
