import type { Mutant } from '../mutant.ts'
import { audit } from './audit.ts'
import { migrations } from './migrations.ts'
import { rls } from './rls.ts'
import { vectors } from './vectors.ts'

/** Everything that is broken, one after the other. */
export const mutants: readonly Mutant[] = [...audit, ...migrations, ...rls, ...vectors]
