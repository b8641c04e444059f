import type { Pool } from 'pg'
import type { Json } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import { type LeaseInfo, noChanges } from '../contract.ts'
import type { Clones } from './clones.ts'
import { keepDatabase } from './kept.ts'
import type { TemplateContext } from './templates.ts'

/** What every kind of lease is made with. */
export interface LeaseParts {
  readonly admin: Pool
  readonly context: TemplateContext
  readonly clones: Clones
  /** Coordinates of a database for the test process. */
  readonly infoFor: (database: string) => LeaseInfo
}

/** Questions that every kind of lease answers. */
export async function answerLease(parts: LeaseParts, database: string, question: string, args: Json): Promise<Json> {
  if (question === 'keep' && typeof args === 'object' && args !== null && 'label' in args) {
    return keepDatabase(parts.context, database, String(args.label), 'failed' in args && args.failed === true)
  }
  if (question === 'changes') return noChanges
  throw new BacklotError('BACKLOT_USAGE', `a Postgres lease knows no question "${question}"`, {
    hint: 'this is a defect of Backlot: please report it',
  })
}
