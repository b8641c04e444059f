import { watch } from 'node:fs'
import { open } from 'node:fs/promises'

/** How much of a file's end is read to find its last lines. */
const tailBytes = 512 * 1024

async function readFrom(path: string, position: number): Promise<{ text: string; end: number }> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    // A file that shrank was begun anew.
    const start = size < position ? 0 : position
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
    return { text: buffer.toString('utf8', 0, bytesRead), end: start + bytesRead }
  } finally {
    await file.close()
  }
}

/**
 * The last lines of a file.
 *
 * @returns the lines, and the position behind them
 */
export async function lastLinesOf(path: string, count: number): Promise<{ lines: string[]; end: number }> {
  const file = await open(path)
  const { size } = await file.stat().finally(() => file.close())
  const { text, end } = await readFrom(path, Math.max(0, size - tailBytes))
  const lines = text.replace(/\n$/, '').split('\n')
  return { lines: count === 0 || text === '' ? [] : lines.slice(-count), end }
}

/**
 * Calls back with each line that is added to a file, when the system says that it has changed.
 *
 * @param from position to begin at, in bytes
 * @returns ends it
 */
export function follow(path: string, from: number, line: (text: string) => void): () => void {
  let position = from
  let begun = ''
  let reading: Promise<void> = Promise.resolve()
  const read = async (): Promise<void> => {
    const { text, end } = await readFrom(path, position)
    position = end
    const lines = (begun + text).split('\n')
    begun = lines.pop() ?? ''
    for (const each of lines) line(each)
  }
  const next = (): void => {
    reading = reading.then(read).catch(() => {})
  }
  const watcher = watch(path, next)
  // What was added before the watch began.
  next()
  return () => watcher.close()
}
