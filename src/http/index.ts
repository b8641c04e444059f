/**
 * The app under test: one handle for whatever it was written with, a client for tests, and matchers on its responses.
 *
 * @module
 */
export { adaptApp } from './adapt.ts'
export { createApi } from './api.ts'
export type {
  Answer,
  Api,
  ApiOptions,
  ApiResponse,
  AppSource,
  Identity,
  ParsedBody,
  QueryValue,
  RequestOptions,
  ResponseMatchers,
} from './api-types.ts'
export type { AdaptOptions, AppHandle } from './app-handle.ts'
