import { BacklotError } from '../errors/index.ts'

/** Names that no variable of a module can have. */
const reservedWords =
  'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield'.split(
    ' ',
  )

/** Fixtures that tests have besides the services: Backlot's, then Vitest's. */
const fixtures = 'api backlotLot backlotReset annotate bench expect onTestFailed onTestFinished signal skip task'.split(
  ' ',
)

/**
 * Checks that tests can destructure a service by its name.
 *
 * @throws BacklotError `BACKLOT_CONFIG_INVALID`
 */
export function checkServiceName(name: string): void {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) {
    throw new BacklotError('BACKLOT_CONFIG_INVALID', `service name "${name}" is not an identifier`, {
      hint: 'use letters, digits, _ and $, with no digit first: tests destructure it, as in ({ db })',
    })
  }
  if (reservedWords.includes(name)) {
    throw new BacklotError('BACKLOT_CONFIG_INVALID', `service name "${name}" is a reserved word of JavaScript`, {
      hint: 'choose another name, such as db, cache, bus: tests destructure it, as in ({ db })',
    })
  }
  if (fixtures.includes(name)) {
    throw new BacklotError('BACKLOT_CONFIG_INVALID', `service name "${name}" is taken by a test fixture`, {
      hint: 'choose another name, such as db, cache, bus',
    })
  }
}
