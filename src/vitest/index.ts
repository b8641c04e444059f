/**
 * Backlot in Vitest: `backlotTest` gives `test` and `expect` that know the services of a config.
 *
 * @module
 */
export { type BacklotFixtures, type BacklotTest, type BacklotTestOptions, backlotTest } from './backlot-test.ts'
export type { TestCost } from './cost.ts'
export type { BacklotExpect } from './expect.ts'
