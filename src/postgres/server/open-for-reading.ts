import { chmod, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Whatever the umask was when it was unpacked: a server that runs as somebody else must be able to read. */
export async function openForReading(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  const entries = await readdir(folder, { withFileTypes: true })
  await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) await openForReading(path)
      else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644)
    }),
  )
}
