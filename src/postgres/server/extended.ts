import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { HostContext } from '../../contracts/index.ts'
import {
  cached,
  fetchPythonWheel,
  findCached,
  type Link,
  linkTree,
  lookForWheel,
  type Missing,
  unpackWheel,
} from '../../provision/index.ts'
import { addOnFor, type FittingAddOn } from './add-ons.ts'
import { binariesLinks } from './binaries.ts'
import { openForReading } from './open-for-reading.ts'
import type { Binaries } from './packages.ts'

/** `PostgreSQL 18 with vector`. */
export function withExtensions(product: string, extensions: readonly string[]): string {
  return extensions.length === 0 ? product : `${product} with ${extensions.join(', ')}`
}

/** Fetches a wheel and keeps the extension's files of it. */
function fetchAddOn(addOn: FittingAddOn, context: HostContext): Promise<string> {
  const { env, progress, directories } = context
  const { key, product, wheel, place } = addOn
  return cached({
    cache: directories.cache,
    key,
    what: product,
    make: async (folder) => {
      const work = join(folder, 'wheel')
      await unpackWheel(await fetchPythonWheel(work, wheel, { env, progress, what: product }), folder, place)
      await rm(work, { recursive: true })
      await openForReading(folder)
    },
  })
}

/** Binaries of their own, with the extensions' files beside them; what they are made of stays as it is. */
async function layOver(
  native: string,
  binaries: Binaries,
  addOns: readonly (readonly [FittingAddOn, folder: string])[],
  context: HostContext,
): Promise<string> {
  const products = addOns.map(([addOn]) => addOn.product).join(', ')
  const folder = await cached({
    cache: context.directories.cache,
    key: [binaries.key, ...addOns.map(([addOn]) => addOn.suffix)].join('-with-'),
    what: `${binaries.product} with ${products}`,
    make: async (draft) => {
      for (const from of [dirname(native), ...addOns.map(([, added]) => added)]) {
        for (const part of ['native', 'license']) await linkTree(join(from, part), join(draft, part))
      }
    },
  })
  return join(folder, 'native')
}

/** The links to plain binaries, with what each lacks of the extensions. */
function extended(
  plain: Link<string>,
  binaries: Binaries,
  addOns: readonly FittingAddOn[],
  context: HostContext,
): Link<string> {
  const { cache } = context.directories
  const inCache = plain.name === 'cache'

  async function find(addOn: FittingAddOn): Promise<string | Missing> {
    const found = await findCached(cache, addOn.key)
    return found ?? { missing: `${addOn.product} is not in ${cache}`, hint: 'npx backlot install' }
  }

  return {
    name: inCache ? plain.name : `${plain.name} and Python index`,
    async look() {
      const base = await plain.look()
      if (!('serves' in base)) return base
      const findings = [base.serves]
      for (const addOn of addOns) {
        const { product, wheel } = addOn
        const found = await find(addOn)
        if (typeof found !== 'string') {
          const lacking = inCache ? found : await lookForWheel(wheel, context.env)
          if (lacking !== undefined) return lacking
        }
        const { project, version, megabytes } = wheel
        const where =
          typeof found === 'string' ? `in ${found}` : `of ${project}==${version} (${megabytes} MB, fetched when needed)`
        findings.push(`${product} ${where}`)
      }
      return { serves: findings.join(', ') }
    },
    async tryObtain() {
      const base = await plain.tryObtain()
      if (!('value' in base)) return base
      const found: [FittingAddOn, string][] = []
      for (const addOn of addOns) {
        const folder = inCache ? await find(addOn) : await fetchAddOn(addOn, context)
        if (typeof folder !== 'string') return folder
        found.push([addOn, folder])
      }
      return { value: await layOver(base.value, binaries, found, context) }
    },
  }
}

/**
 * Ways to PostgreSQL's binaries with extensions that the plain ones lack.
 *
 * @param extensions names in SQL, sorted; none for the plain binaries
 */
export function extendedLinks(
  binaries: Binaries,
  extensions: readonly string[],
  context: HostContext,
): readonly Link<string>[] {
  const plain = binariesLinks(binaries, context)
  if (extensions.length === 0) return plain
  const addOns: FittingAddOn[] = []
  for (const name of extensions) {
    const addOn = addOnFor(name, binaries.major, binaries.platform)
    if ('misfit' in addOn) {
      const missing = { missing: addOn.misfit, hint: 'use another version, a URL or a container' }
      return [{ name: 'npm registry and Python index', look: async () => missing, tryObtain: async () => missing }]
    }
    addOns.push(addOn)
  }
  return plain.map((link) => extended(link, binaries, addOns, context))
}
