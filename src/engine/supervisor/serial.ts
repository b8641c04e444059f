/**
 * Runs tasks one after the other, in the order in which they came; a task that fails does not stop the next.
 *
 * @returns a function that queues a task and settles as the task does
 */
export function serial(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const result = last.then(task)
    last = result.catch(() => {})
    return result
  }
}
