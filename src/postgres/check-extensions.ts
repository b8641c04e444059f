import { BacklotError, nearest } from '../errors/index.ts'
import { addOnNames } from './server/add-ons.ts'
import { plainExtensions } from './server/plain-extensions.ts'

const known: readonly string[] = [...addOnNames, ...plainExtensions]

/**
 * Fails at once on an extension that no server of Backlot's own can have. A server by URL has what it has: it is asked
 * when the baseline is made.
 *
 * @param urlVariable of the service: `BACKLOT_DB_URL`
 * @throws BacklotError `BACKLOT_CONFIG_INVALID`
 */
export function checkExtensions(extensions: readonly string[], urlVariable: string): void {
  for (const name of extensions) {
    if (known.includes(name)) continue
    const near = nearest(name, known)
    throw new BacklotError('BACKLOT_CONFIG_INVALID', `no server of Backlot's own has the extension "${name}"`, {
      hint:
        near === undefined
          ? `they have those of PostgreSQL itself and ${addOnNames.join(', ')}; set ${urlVariable} to a server that has "${name}"`
          : `did you mean "${near}"?`,
    })
  }
}
