import { randomBytes } from 'node:crypto'
import { BacklotError } from '../errors/index.ts'
import type { Missing } from './chain.ts'
import { runCommand } from './run-command.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What to run in a container. */
export interface ContainerOptions {
  readonly env: Environment
  /** Image with tag: `postgres:18`. */
  readonly image: string
  /** Port that the server listens on inside. It is published on a free port of 127.0.0.1 alone. */
  readonly port: number
  /** Variables for the container; they are handed over by name, so that no secret shows in the process list. */
  readonly variables: Readonly<Record<string, string>>
  /** Arguments of the image's command. */
  readonly args?: readonly string[]
  /** Folders inside that live in memory. */
  readonly tmpfs?: readonly string[]
  readonly deadlineMs: number
}

/** A container that runs, until `remove`. */
export interface Container {
  readonly id: string
  /** Published port on 127.0.0.1. */
  readonly port: number
  logs(lines: number): Promise<string>
  /** Removes the container with its volumes. */
  remove(): Promise<void>
}

const engines = ['docker', 'podman'] as const
const answerMs = 5000

/** Label of every container of Backlot's own. */
export const containerLabel = 'backlot'

async function answers(engine: string, env: Environment): Promise<string | undefined> {
  const asked = await runCommand({ command: engine, args: ['info', '--format', 'ok'], env, deadlineMs: answerMs })
  if (asked.code === 0) return undefined
  const why = asked.stderr.split('\n').find((line) => line.trim() !== '') ?? 'no answer'
  return why.includes('ENOENT') ? 'not on PATH' : why.trim().slice(0, 160)
}

/**
 * The container engine that answers: docker, else podman.
 */
export async function findContainerEngine(env: Environment): Promise<{ readonly engine: string } | Missing> {
  const reasons: string[] = []
  for (const engine of engines) {
    const why = await answers(engine, env)
    if (why === undefined) return { engine }
    reasons.push(`${engine}: ${why}`)
  }
  return {
    missing: `no container engine answers (${reasons.join('; ')})`,
    hint: 'start Docker or podman, if you want containers',
  }
}

/**
 * Starts a container by the engine's command line client, labelled, on a free loopback port.
 *
 * @throws BACKLOT_SERVER_START_FAILED with what the engine said
 */
export async function startContainer(engine: string, options: ContainerOptions): Promise<Container> {
  const { image, port, variables, args = [], tmpfs = [], env, deadlineMs } = options
  const call = (words: readonly string[], more: Environment = {}) =>
    runCommand({ command: engine, args: words, env: { ...env, ...more }, deadlineMs })
  const name = `backlot-${randomBytes(6).toString('hex')}`
  const flags = [
    ...['--detach', '--rm', '--name', name, '--label', `${containerLabel}=1`],
    ...['--publish', `127.0.0.1::${port}`],
    ...Object.keys(variables).flatMap((variable) => ['--env', variable]),
    ...tmpfs.flatMap((folder) => ['--tmpfs', folder]),
  ]
  const remove = async (): Promise<void> => {
    await call(['rm', '--force', '--volumes', name])
  }
  const started = await call(['run', ...flags, image, ...args], variables)
  const published = started.code === 0 ? await call(['port', name, `${port}/tcp`]) : started
  const found = /127\.0\.0\.1:(\d+)/.exec(published.stdout)?.[1]
  if (found === undefined) {
    await remove()
    throw new BacklotError('BACKLOT_SERVER_START_FAILED', `${engine} could not run ${image}`, {
      hint: `${engine} run --rm ${image}`,
      details: published.stderr.trim().split('\n').slice(-5).join('\n'),
    })
  }
  return {
    id: started.stdout.trim(),
    port: Number(found),
    logs: async (lines) => {
      const { stdout, stderr } = await call(['logs', '--tail', String(lines), name])
      return `${stdout}${stderr}`
    },
    remove,
  }
}
