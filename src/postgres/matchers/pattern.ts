import { BacklotError } from '../../errors/index.ts'
import { display } from '../../expect/index.ts'

/** Columns with what they should hold. */
export type Pattern = Readonly<Record<string, unknown>>

/**
 * Checks what stands where columns should.
 *
 * @throws BacklotError `BACKLOT_USAGE`
 */
export function readPattern(matcher: string, columns: unknown): Pattern {
  const plain =
    typeof columns === 'object' && columns !== null && !Array.isArray(columns) && !('asymmetricMatch' in columns)
  if (plain) return { ...columns }
  throw new BacklotError('BACKLOT_USAGE', `${matcher} takes columns and what they hold, not ${display(columns)}`, {
    hint: `for example ${matcher}(${matcher === 'toHaveRows' ? '[{ id: 1 }]' : '{ id: 1 }'})`,
  })
}
