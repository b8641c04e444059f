import type { Isolation } from '../contracts/index.ts'
import { type Backlot, type Lot, openLot, processOptions, type Services } from '../engine/index.ts'

/** Lots of this worker. Without Vitest's `isolate` they serve one file after the other. */
const lots = new Map<Backlot, Map<Isolation, Promise<Lot>>>()

/** The worker's lot for a config and an isolation; opened at the first call. */
export function lotFor<S extends Services>(backlot: Backlot<S>, isolation: Isolation): Promise<Lot<S>> {
  const ofConfig = lots.get(backlot) ?? new Map<Isolation, Promise<Lot>>()
  lots.set(backlot, ofConfig)
  let lot = ofConfig.get(isolation)
  if (lot === undefined) {
    lot = openLot(backlot, { ...processOptions(), isolation })
    ofConfig.set(isolation, lot)
    lot.catch(() => ofConfig.delete(isolation))
  }
  return lot as Promise<Lot<S>>
}

/** Closes the worker's lot for a config, if it was opened. */
export async function closeLot(backlot: Backlot, isolation: Isolation): Promise<void> {
  const lot = lots.get(backlot)?.get(isolation)
  lots.get(backlot)?.delete(isolation)
  await (await lot?.catch(() => undefined))?.close()
}
