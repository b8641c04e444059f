import { CostReporter } from '../../src/vitest/config.ts'

// Vitest takes a reporter by path only as the default export.
export default CostReporter
