import type { Mutant } from '../mutant.ts'
import { audit } from './audit.ts'
import { connection } from './connection.ts'
import { migrations } from './migrations.ts'
import { pooling } from './pooling.ts'
import { rls } from './rls.ts'
import { transactions } from './transactions.ts'
import { vectors } from './vectors.ts'

/** Everything that is broken, one after the other. */
export const mutants: readonly Mutant[] = [
  ...audit,
  ...connection,
  ...migrations,
  ...pooling,
  ...rls,
  ...transactions,
  ...vectors,
]
