import { BacklotError, isBacklotError } from '../errors/index.ts'
import type { AppHandle } from '../http/index.ts'

/** An app that connects to its services at start has time for it; one that hangs is named. */
const startDeadlineMs = 30_000

/**
 * Starts the app of a config.
 *
 * @throws BacklotError `BACKLOT_APP_FAILED` when the app function throws or does not settle in time
 */
export async function startApp(start: () => Promise<AppHandle>): Promise<AppHandle> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new BacklotError('BACKLOT_APP_FAILED', `the app did not start within ${startDeadlineMs / 1000} s`, {
          hint: 'what app returned must resolve when it is ready: look for an await that never settles',
        }),
      )
    }, startDeadlineMs)
  })
  try {
    return await Promise.race([start(), late])
  } catch (error) {
    if (isBacklotError(error)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new BacklotError('BACKLOT_APP_FAILED', `the app function threw: ${reason}`, {
      hint: 'the error below comes from the app: start it by hand with the same URLs (npx backlot up prints them)',
      cause: error,
      ...(error instanceof Error && error.stack !== undefined && { details: error.stack }),
    })
  } finally {
    clearTimeout(timer)
  }
}
