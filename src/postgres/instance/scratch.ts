import type { Json, Lease } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import type { LeaseOptions } from '../contract.ts'
import { uniqueName } from './admin.ts'
import { cloneEmpty } from './empty-template.ts'
import type { LeaseParts } from './lease-parts.ts'

/** What a scratch database starts as. */
export type ScratchState = 'empty' | 'baseline' | 'current'

/** Brings a fresh copy of the baseline to where a lease's database is now. */
export type BringToNow = (database: string) => Promise<void>

interface Scratch {
  readonly database: string
  /** Number of marks on the lease when it was made: it goes when the innermost of them is returned to. */
  readonly depth: number
}

function readState(args: Json): ScratchState {
  const state = typeof args === 'object' && args !== null && 'of' in args ? args.of : undefined
  if (state === 'empty' || state === 'baseline' || state === 'current') return state
  throw new BacklotError('BACKLOT_USAGE', `a scratch database starts 'empty', as 'baseline' or 'current'`, {
    hint: `for example scratch(db, { of: 'baseline' })`,
  })
}

/**
 * Gives a lease scratch databases: further ones beside its own, for work that no undo could take back. Each is dropped when
 * it is handed back, or when the mark goes under which it was made.
 *
 * @param bringToNow undefined where a lease cannot tell what has changed in its database
 */
export function withScratches(
  lease: Lease,
  parts: LeaseParts,
  options: LeaseOptions,
  bringToNow: BringToNow | undefined,
): Lease {
  let scratches: readonly Scratch[] = []

  async function create(of: ScratchState): Promise<string> {
    if (of === 'empty') {
      const name = uniqueName('l', parts.context.scope)
      await cloneEmpty(parts.context, options.extensions, name)
      return name
    }
    if (of === 'current' && bringToNow === undefined) {
      const isolation = parts.infoFor('').isolation
      throw new BacklotError('BACKLOT_USAGE', `a scratch copy of the current state needs isolation 'rewind'`, {
        hint: `this lease has isolation '${isolation}': use { of: 'baseline' }, or isolation 'rewind' for this file`,
      })
    }
    const name = await parts.clones.take()
    if (of !== 'current') return name
    try {
      await bringToNow?.(name)
      return name
    } catch (error) {
      await parts.clones.drop(name)
      throw error
    }
  }

  async function drop(condemned: (scratch: Scratch) => boolean): Promise<void> {
    const dropped = scratches.filter(condemned)
    scratches = scratches.filter((scratch) => !dropped.includes(scratch))
    for (const { database } of dropped) await parts.clones.drop(database)
  }

  return {
    ...lease,
    async ask(question, args) {
      if (question === 'scratch') {
        const database = await create(readState(args))
        scratches = [...scratches, { database, depth: lease.depth() }]
        return parts.infoFor(database)
      }
      if (question === 'drop-scratch') {
        await drop(({ database }) => database === args)
        return null
      }
      return lease.ask(question, args)
    },
    async pop() {
      const depth = lease.depth()
      await drop((scratch) => scratch.depth >= depth)
      return lease.pop()
    },
    async recycle() {
      await drop(() => true)
      return lease.recycle()
    },
    async end() {
      await drop(() => true)
      await lease.end()
    },
  }
}
