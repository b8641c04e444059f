import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.ts'

/** How many of what was run passed and failed. */
export interface Report {
  readonly passed: number
  readonly failed: number
}

/** Folder of what the last runs counted. */
export const reportsFolder: string = join(root, '.backlot', 'reports')

const pathOf = (name: string): string => join(reportsFolder, `${name}.json`)

/** Leaves the counts of a run for the script that started it. */
export function writeReport(name: string, report: Report): void {
  mkdirSync(reportsFolder, { recursive: true })
  writeFileSync(pathOf(name), JSON.stringify(report))
}

/** Forgets an earlier run, so that its counts cannot stand for one that did not finish. */
export function forgetReport(name: string): void {
  rmSync(pathOf(name), { force: true })
}

/** Counts of the last run, or undefined when it left none. */
export function readReport(name: string): Report | undefined {
  try {
    const report: Report = JSON.parse(readFileSync(pathOf(name), 'utf8'))
    return report
  } catch {
    return undefined
  }
}
