/**
 * What goes into `vitest.config.ts`: a run that holds its services up, and a reporter that says what each test cost.
 *
 * @module
 */

export { CostReporter, type CostReporterOptions } from './cost-reporter.ts'
export { type BacklotPluginOptions, backlotPlugin } from './plugin.ts'
