import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withoutCredentials } from './credentials.ts'
import { type CommandResult, runCommand } from './run-command.ts'
import type { PinnedWheel, WheelSource } from './wheel-source.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Ways to call pip, the most particular one first: an active virtual environment puts its own `pip` ahead on PATH. */
const ways: readonly (readonly [string, ...string[]])[] = [
  ['pip'],
  ['pip3'],
  ['python3', '-m', 'pip'],
  ['python', '-m', 'pip'],
]
/** Milliseconds for pip to tell its version, and for a question to the index. */
const answerMs = 20_000

/** Settings that would aim a download elsewhere, or add to it. Index, proxy, certificates and cache stay the user's. */
const aimed =
  /^PIP_(ABI|BUILD_CONSTRAINT|CONSTRAINT|DEST|DRY_RUN|EDITABLE|IMPLEMENTATION|NO_BINARY|ONLY_BINARY|PLATFORM|PREFIX|PYTHON|PYTHON_VERSION|QUIET|REPORT|REQUIREMENT|ROOT|SRC|TARGET|USER|VERBOSE)$/i

const always = ['--no-input', '--disable-pip-version-check'] as const

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

/** What pip said, its reason first: the warning of a retry is the only line that tells why a connection broke. */
function reasonOf({ stdout, stderr }: CommandResult): string {
  const said = withoutCredentials(`${stdout}\n${stderr}`)
  const broken = /connection broken by '\w+\((?:.*?: )?(.+?)[')]*': \//.exec(said)?.[1]
  const errors = said
    .split('\n')
    .filter((line) => /^ERROR: |^\s*(Expected|Got)\b|ended by|ENOSPC|No space left/.test(line))
  const lines = errors.length > 0 ? errors : said.trim().split('\n').slice(-3)
  return [...(broken === undefined ? [] : [broken]), ...lines.map((line) => line.replace(/^ERROR: /, ''))].join('\n')
}

/**
 * The user's own pip. It is asked for its version: version managers put a `pip` on PATH that calls nothing, and a Python
 * may come without one.
 *
 * @returns undefined when there is none
 */
export async function findPip(given: Environment): Promise<WheelSource | undefined> {
  const env = Object.fromEntries(Object.entries(given).filter(([name]) => !aimed.test(name)))
  for (const [command, ...first] of ways) {
    const call = (args: readonly string[], deadlineMs: number, cwd?: string): Promise<CommandResult> =>
      runCommand({ command, args: [...first, ...args], env, deadlineMs, ...(cwd === undefined ? {} : { cwd }) })
    const answer = await call(['--version'], answerMs)
    if (answer.code === 0 && answer.stdout.startsWith('pip ')) return pipSource(call)
  }
  return undefined
}

function pipSource(
  call: (args: readonly string[], deadlineMs: number, cwd?: string) => Promise<CommandResult>,
): WheelSource {
  return {
    name: 'pip',
    hint: ({ project }) => `check the connection and pip's settings: pip config list, pip index versions ${project}`,
    async look({ project, version, file }: PinnedWheel) {
      // With no retry at all, pip does not say why a connection broke.
      const flags = [...always, '--retries=1', '--timeout=5', ...selection(file)]
      const asked = await call(['index', 'versions', ...flags, project], answerMs)
      // It came with pip 21.2; an older one is not asked.
      if (/unknown command/.test(asked.stderr)) return undefined
      if (asked.code === 0 && asked.stdout.split(/[\s,()]+/).includes(version)) return undefined
      return asked.code === 0 ? `it has ${asked.stdout.split('\n')[0]} for this platform` : reasonOf(asked)
    },
    async download({ project, version, file, sha256 }, folder, deadlineMs) {
      await mkdir(folder, { recursive: true })
      const requirements = join(folder, 'requirements.txt')
      await writeFile(requirements, `${project}==${version} --hash=sha256:${sha256}\n`)
      // A machine without a network is told so after seconds; the pauses of pip's own five retries add up to more.
      const flags = [
        ...always,
        '--no-deps',
        '--require-hashes',
        '--progress-bar=off',
        '--retries=1',
        ...selection(file),
      ]
      const result = await call(['download', ...flags, '--dest', folder, '-r', requirements], deadlineMs, folder)
      if (result.code === 0) return undefined
      return reasonOf(result)
    },
  }
}
