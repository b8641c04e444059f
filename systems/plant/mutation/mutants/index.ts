import type { Mutant } from '../mutant.ts'
import { migrations } from './migrations.ts'
import { rls } from './rls.ts'

/** Everything that is broken, one after the other. */
export const mutants: readonly Mutant[] = [...migrations, ...rls]
