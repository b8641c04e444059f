import type { AppHandle } from '../http/index.ts'

/**
 * Asks everything that can have something under way: the app's open requests, then each service.
 *
 * @returns a function that resolves to one line for each thing in flight; empty means settled
 */
export function createInFlight(
  app: () => AppHandle | undefined,
  services: () => Promise<readonly (readonly string[])[]>,
): () => Promise<readonly string[]> {
  const requests = (): string[] => (app()?.openRequests() ?? []).map((line) => `app: ${line}`)
  return async () => {
    const before = requests()
    const lines = await services()
    // A request that came in meanwhile may have started what a service did not show yet.
    const after = requests()
    return [...(after.length > 0 ? after : before), ...lines.flat()]
  }
}
