import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { print } from '../engine/index.ts'
import type { TestCost } from './cost.ts'

/** Where {@link CostReporter} prints. */
export interface CostReporterOptions {
  /** Takes a line without its newline. Default: standard output. */
  readonly print?: (line: string) => void
}

const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`.padStart(9)

/** Value in the middle; 0 for none. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

function line(test: TestCase, cost: TestCost): string {
  const state = { passed: '✓', failed: '✗', skipped: '↓', pending: '…' }[test.result().state]
  const body = Math.max(0, (test.diagnostic()?.duration ?? 0) - cost.markMs - cost.resetMs)
  const how = Object.values(cost.how).includes('replaced') ? '  fresh copy' : ''
  return `  ${state} ${milliseconds(body)} ${milliseconds(cost.markMs + cost.resetMs)} ${String(cost.rows).padStart(5)}  ${test.fullName}${how}`
}

/**
 * A Vitest reporter that prints what each test cost: its body, its reset (mark and return), and the rows that were undone.
 *
 * @example
 * ```ts
 * export default defineConfig({ test: { reporters: ['default', new CostReporter()] } })
 * ```
 */
export class CostReporter implements Reporter {
  readonly #print: (line: string) => void
  readonly #resets: number[] = []

  constructor(options: CostReporterOptions = {}) {
    this.#print = options.print ?? print
  }

  onTestModuleEnd(module: TestModule): void {
    const rows = [...module.children.allTests()].flatMap((test) => {
      const cost = test.meta().backlot
      return cost === undefined ? [] : [{ test, cost }]
    })
    if (rows.length === 0) return
    this.#print(`\n${module.relativeModuleId}`)
    this.#print(`    ${'body'.padStart(9)} ${'reset'.padStart(9)} ${'rows'.padStart(5)}`)
    for (const { test, cost } of rows) {
      this.#resets.push(cost.markMs + cost.resetMs)
      this.#print(line(test, cost))
      for (const reason of cost.reasons) this.#print(`      ${reason}`)
    }
  }

  onTestRunEnd(): void {
    if (this.#resets.length === 0) return
    const count = this.#resets.length
    this.#print(`\n${count} tests on real services; median reset ${median(this.#resets).toFixed(2)} ms`)
  }
}
