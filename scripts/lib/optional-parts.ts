import { runQuietly } from './run.ts'

/** Something that a machine may lack and that all but one part of the work does without. */
interface OptionalPart {
  readonly name: string
  /** What is left out without it. */
  readonly serves: string
  /** How to get it. */
  readonly get: string
  there(): Promise<boolean>
}

const answers = async (command: string, ...args: string[]): Promise<boolean> =>
  (await runQuietly(command, args)).code === 0

const parts: readonly OptionalPart[] = [
  {
    name: 'psql, createdb and dropdb',
    serves: 'the pgsql-test row of npm run bench',
    get: 'apt install postgresql-client, brew install libpq',
    there: async () =>
      (await Promise.all(['psql', 'createdb', 'dropdb'].map((tool) => answers(tool, '--version')))).every(Boolean),
  },
  {
    name: 'a container runtime',
    serves: 'the last link of the provider chain',
    get: 'https://docs.docker.com/engine/install or podman with its socket',
    there: () => answers('docker', 'version', '--format', '{{.Server.Version}}'),
  },
]

/** One line that names what this machine lacks and how to get it; undefined when it lacks nothing. */
export async function lackingHere(): Promise<string | undefined> {
  const there = await Promise.all(parts.map((part) => part.there()))
  const lacking = parts.filter((_, index) => !there[index])
  if (lacking.length === 0) return undefined
  return `Not on this machine: ${lacking.map(({ name, serves, get }) => `${name} for ${serves} (${get})`).join('; ')}`
}
