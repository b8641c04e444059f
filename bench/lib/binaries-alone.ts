import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheDirectory } from '../../src/provision/index.ts'

/** A cache as on a new machine: the binaries, and nothing that was made from them. */
export async function binariesAlone(): Promise<{ readonly path: string; readonly remove: () => void }> {
  const cache = await cacheDirectory(process.env)
  const folder = mkdtempSync(join(tmpdir(), 'backlot-bench-cache-'))
  // When we are root, servers run as somebody else.
  chmodSync(folder, 0o755)
  const path = join(folder, 'cache')
  mkdirSync(path, { recursive: true })
  cpSync(cache, path, { recursive: true, verbatimSymlinks: true, filter: (source) => !source.includes('-cluster-') })
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
