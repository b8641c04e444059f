import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Progress } from '../contracts/index.ts'
import { BacklotError } from '../errors/index.ts'
import { withoutCredentials } from './credentials.ts'
import { npmCommand, npmEnvironment } from './npm-command.ts'
import { runCommand } from './run-command.ts'

/** A package at a version whose contents are known. */
export interface PinnedPackage {
  readonly name: string
  readonly version: string
  /** Subresource integrity of the tarball: `sha512-...`. */
  readonly integrity: string
  /** Size of the download, to be named ahead. */
  readonly megabytes: number
}

/** How the user's own npm is run for a package. */
export interface NpmOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Its `.npmrc`, if any, is honoured as npm would in that folder. */
  readonly projectRoot: string
  /** Path of the Node.js that runs npm: `process.execPath`. */
  readonly node: string
  readonly progress: Progress
  /** For messages: `PostgreSQL 18.4`. */
  readonly what: string
  /** Milliseconds. Default: 10 minutes. */
  readonly deadlineMs?: number
}

const shownLines = 8

/** A project that depends on this package alone, locked to its checksum; `resolved` is left to npm, which asks the user's registry. */
function manifests(pinned: PinnedPackage): { readonly manifest: string; readonly lock: string } {
  const { name, version, integrity } = pinned
  const project = { name: 'backlot-cache', version: '0.0.0', private: true, dependencies: { [name]: version } }
  const lock = {
    name: project.name,
    version: project.version,
    lockfileVersion: 3,
    requires: true,
    packages: { '': project, [`node_modules/${name}`]: { version, integrity } },
  }
  return { manifest: JSON.stringify(project), lock: JSON.stringify(lock) }
}

function failure(pinned: PinnedPackage, what: string, said: string): BacklotError {
  const { name, version } = pinned
  const lines = said
    .split('\n')
    .filter((line) => /^npm (error|ERR!)/.test(line) || line.startsWith('ended by') || !line.startsWith('npm '))
    .filter((line) => line.trim() !== '' && !/complete log of this run|_logs|debug-0\.log/.test(line))
  const details = withoutCredentials(lines.slice(0, shownLines).join('\n'))
  if (/ENOSPC|EDQUOT/.test(said)) {
    return new BacklotError('BACKLOT_DISK_FULL', `no room left while downloading ${what}`, {
      hint: 'make room for the cache folder and for npm’s own cache, or set BACKLOT_CACHE_DIR to another disk',
      details,
    })
  }
  if (/EINTEGRITY/.test(said)) {
    return new BacklotError(
      'BACKLOT_DOWNLOAD_FAILED',
      `the registry's ${name}@${version} does not match the checksum that Backlot knows`,
      { hint: 'npm cache clean --force, then run again; if it stays, the registry serves something else', details },
    )
  }
  return new BacklotError('BACKLOT_DOWNLOAD_FAILED', `npm could not download ${name}@${version} (${what})`, {
    hint: `check the connection and npm's registry setting: npm view ${name}@${version}`,
    details,
  })
}

/**
 * Whether there is an npm to fetch with.
 */
export function hasNpm(options: Pick<NpmOptions, 'env' | 'node'>): boolean {
  return npmCommand(options.env, options.node) !== undefined
}

/**
 * Fetches a package by the user's own npm, so that registry, proxy, certificates and credentials are the ones that work
 * for everything else. npm verifies the checksum. No script of the package runs.
 *
 * @param folder an empty folder to work in
 * @returns the folder of the unpacked package, below `folder`
 * @throws BACKLOT_DOWNLOAD_FAILED, BACKLOT_DISK_FULL
 */
export async function fetchNpmPackage(folder: string, pinned: PinnedPackage, options: NpmOptions): Promise<string> {
  const { env, node, progress, what, projectRoot, deadlineMs = 10 * 60_000 } = options
  const npm = npmCommand(env, node)
  if (npm === undefined) {
    throw new BacklotError('BACKLOT_DOWNLOAD_FAILED', 'there is no npm to download with', { hint: 'put npm on PATH' })
  }
  await mkdir(folder, { recursive: true })
  const { manifest, lock } = manifests(pinned)
  await writeFile(join(folder, 'package.json'), manifest)
  await writeFile(join(folder, 'package-lock.json'), lock)
  const settings = join(folder, '.npmrc')
  await copyFile(join(projectRoot, '.npmrc'), settings)
    .then(() => chmod(settings, 0o600))
    .catch(() => {})

  const phrase = `downloading ${what} from the npm registry (${pinned.megabytes} MB)`
  progress({ what: phrase })
  const [command, ...first] = npm
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline']
  // A machine without a network is told so after seconds; npm's own pauses add up to more than a minute.
  const pauses = ['--fetch-retry-mintimeout=2000', '--fetch-retry-maxtimeout=5000']
  const result = await runCommand({
    command,
    args: [...first, 'ci', ...flags, ...pauses, '--no-progress', '--loglevel=error', '--prefix', folder],
    env: npmEnvironment(env),
    cwd: folder,
    deadlineMs,
  })
  // It may hold credentials, and the folder may stay.
  await rm(settings, { force: true })
  progress({ what: phrase, finished: true })
  if (result.code !== 0) throw failure(pinned, what, `${result.stderr}\n${result.stdout}`)

  const unpacked = join(folder, 'node_modules', pinned.name)
  const said = await readFile(join(unpacked, 'package.json'), 'utf8').catch(() => '{}')
  const found: { version?: string } = JSON.parse(said)
  if (found.version !== pinned.version) {
    throw failure(pinned, what, `npm left version ${found.version ?? 'nothing'} in place of ${pinned.version}`)
  }
  return unpacked
}
