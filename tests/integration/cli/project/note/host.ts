import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Instance, Json, Lease, ServiceHost } from '../../../../../src/contracts/index.ts'

interface Options {
  readonly name: string
  readonly serves: boolean
}

function optionsOf(instance: Json): Options {
  const { name, serves }: Partial<Options> = Object(instance)
  return { name: String(name), serves: serves === true }
}

function lease(): Lease {
  let depth = 0
  return {
    info: () => 'note://one',
    push: async () => {
      depth += 1
      return []
    },
    pop: async () => {
      depth -= 1
      return { how: 'clean', rows: 0, ms: 0, leaks: [] }
    },
    depth: () => depth,
    inFlight: async () => [],
    ask: async () => 'the note',
    onCommit: () => () => {},
    onSessionsEnding: () => () => {},
    recycle: async () => true,
    end: async () => {},
  }
}

/** Set by the environment: a start that takes its time, and shows it. */
const slow = async (
  env: Readonly<Record<string, string | undefined>>,
  progress: (done: number) => void,
): Promise<void> => {
  const ms = Number(env.NOTE_SLOW_MS ?? 0)
  progress(0)
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
}

export const host: ServiceHost = {
  async start({ directories, env, progress }, instance) {
    const { name } = optionsOf(instance)
    const what = `sharpening the pencil of ${name}`
    await slow(env, (done) => progress({ what, done, total: 3 }))
    progress({ what, finished: true })
    const log = join(directories.logs, `${name}.log`)
    await appendFile(log, `${name} started\nready\n`)
    const running: Instance = {
      status: async () => ({
        kind: 'note',
        product: 'Note 1.0',
        provider: 'drawer',
        address: 'desk:1',
        pid: process.pid,
        log,
        leases: 0,
      }),
      died: new Promise(() => {}),
      baseline: async () => ({ state: 'ready' }),
      lease: async () => lease(),
      ask: async (question, args) => {
        if (question === 'development') return `note://${name}?it's=1`
        if (Array.isArray(args) && args.includes('log')) await appendFile(log, `asked for ${args.join(' ')}\n`)
        return Array.isArray(args) ? args.join(' ') || 'the note' : 'the note'
      },
      stop: async () => {},
    }
    return running
  },
  async install(_context, instance) {
    return `pencil of ${optionsOf(instance).name} is in the drawer`
  },
  async doctor(_context, instance) {
    const { serves } = optionsOf(instance)
    return [
      { link: 'drawer', serves, finding: serves ? 'a pencil' : 'empty' },
      { link: 'shop', serves: false, finding: 'closed', hint: 'come back tomorrow' },
    ]
  },
}
