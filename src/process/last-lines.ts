import { open } from 'node:fs/promises'

/** The end of a log is all that is read of it. */
const mostBytes = 64 * 1024

/**
 * The last lines of a file, for an error message.
 *
 * @param file path of a log
 * @param count how many lines at most
 * @returns the lines, joined by line feeds; empty when the file is empty or cannot be read
 */
export async function lastLines(file: string, count: number): Promise<string> {
  try {
    const handle = await open(file, 'r')
    try {
      const { size } = await handle.stat()
      const length = Math.min(size, mostBytes)
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length)
      const lines = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n')
      return lines.slice(-count).join('\n')
    } finally {
      await handle.close()
    }
  } catch {
    return ''
  }
}
