import { BacklotError, nearest } from '../errors/index.ts'

/** A command line that cannot be: `BACKLOT_USAGE`, which ends the process with code 2. */
export function usageError(summary: string, hint: string): BacklotError {
  return new BacklotError('BACKLOT_USAGE', summary, { hint })
}

/** A name that is none of those there are. */
export function unknownName(kind: string, name: string, known: readonly string[], help: string): BacklotError {
  const near = nearest(name, known)
  const list = known.length > 0 ? `there are: ${known.join(', ')}` : 'there are none'
  return usageError(
    `unknown ${kind} ${name}`,
    near === undefined ? `${list} (${help})` : `did you mean ${near}? (${help})`,
  )
}
