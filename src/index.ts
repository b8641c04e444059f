/**
 * Backlot: integration tests of backends on real services.
 *
 * @module
 */
export type {
  InstanceStatus,
  Isolation,
  Leak,
  ProviderReport,
  RewindReport,
  Service,
} from './contracts/index.ts'
export { type Backlot, type BacklotConfig, defineBacklot, type Handles, type Services } from './engine/index.ts'
export { BacklotError, type BacklotErrorOptions, type ErrorCode, errorCodes, isBacklotError } from './errors/index.ts'
export { type RunningLot, start } from './start.ts'
