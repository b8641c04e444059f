import type { Outcome } from '../../contracts/index.ts'
import { BacklotError, isBacklotError } from '../../errors/index.ts'

/** What is wrong with one migration, in lines. */
export interface Finding {
  readonly step: string
  readonly lines: readonly string[]
}

/** Lines of one finding at most. */
const mostLines = 20

/** How a migration failed, in lines: file, line, statement. Anything but a failed migration is thrown. */
export function failureLines(error: unknown): readonly string[] {
  if (error instanceof BacklotError && isBacklotError(error, 'BACKLOT_MIGRATION_FAILED'))
    return error.message.split('\n')
  throw error
}

/** How a check of migrations is worded. */
export interface Wording {
  /** `the migrations of db` */
  readonly what: string
  /** `to be repeatable` */
  readonly wanted: string
  /** Heading of the findings. */
  readonly wrong: string
  /** What is so under `.not`: `all are`. */
  readonly held: string
}

/** The answer of a check of migrations. */
export function outcomeOf(not: boolean, { what, wanted, wrong, held }: Wording, findings: readonly Finding[]): Outcome {
  const pass = findings.length === 0
  const message = (): string => {
    if (not) return `Expected ${what} not ${wanted}\nbut ${held}`
    const lines = findings.flatMap((finding) => {
      const shown = finding.lines.slice(0, mostLines).map((line) => `    ${line}`)
      const rest = finding.lines.length - shown.length
      return ['', `  ${finding.step}`, ...shown, ...(rest > 0 ? [`    … and ${rest} more`] : [])]
    })
    return [`Expected ${what} ${wanted}`, `but ${wrong}`, ...lines].join('\n')
  }
  return { pass, message }
}
