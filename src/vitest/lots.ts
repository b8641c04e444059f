import type { Isolation } from '../contracts/index.ts'
import { type Backlot, type Lot, openLot, processOptions, type Services } from '../engine/index.ts'

/** Lots of this worker. Without Vitest's `isolate` they serve one file after the other. */
const lots = new Map<string, Promise<Lot>>()

function keyOf(backlot: Backlot, isolation: Isolation): string {
  return `${isolation} ${backlot.root}`
}

/** The worker's lot for a config and an isolation; opened at the first call. */
export function lotFor<S extends Services>(backlot: Backlot<S>, isolation: Isolation): Promise<Lot<S>> {
  const key = keyOf(backlot, isolation)
  let lot = lots.get(key)
  if (lot === undefined) {
    lot = openLot(backlot, { ...processOptions(), isolation })
    lots.set(key, lot)
    lot.catch(() => lots.delete(key))
  }
  return lot as Promise<Lot<S>>
}

/** Closes the worker's lot for a config, if it was opened. */
export async function closeLot(backlot: Backlot, isolation: Isolation): Promise<void> {
  const key = keyOf(backlot, isolation)
  const lot = lots.get(key)
  lots.delete(key)
  await (await lot?.catch(() => undefined))?.close()
}
