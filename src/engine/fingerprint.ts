import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { protocolVersion } from './rpc/protocol.ts'

const packageRoot = fileURLToPath(new URL('..', import.meta.url))

let computed: Promise<string> | undefined

async function newestChange(): Promise<number> {
  const entries = await readdir(packageRoot, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name))
  const times = await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).mtimeMs))
  return Math.max(0, ...times)
}

/** Tells one state of Backlot's own code from another, so that a supervisor of old code is replaced. */
export function fingerprint(): Promise<string> {
  computed ??= newestChange().then((time) => `${protocolVersion} ${packageRoot} ${time} ${process.version}`)
  return computed
}
