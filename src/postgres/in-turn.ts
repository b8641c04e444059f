/**
 * Runs tasks one after the other: a client of node-postgres takes one query at a time.
 *
 * @returns a function that queues a task and settles as the task does
 */
export function inTurn(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const result = last.then(task)
    last = result.catch(() => {})
    return result
  }
}
