/**
 * Looks again and again until something holds: for what no process announces, such as the end of another process.
 *
 * @param what named in the error at the deadline
 */
export async function eventually(what: string, deadlineMs: number, holds: () => Promise<boolean>): Promise<void> {
  const began = performance.now()
  while (!(await holds())) {
    if (performance.now() - began > deadlineMs) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
