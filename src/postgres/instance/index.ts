/**
 * A Postgres server as an instance of Backlot: roles, baselines as templates, leases as databases.
 *
 * @module
 */
export { openInstance } from './instance.ts'
