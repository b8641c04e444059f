import type { Ledger } from './ledger.ts'
import type { Mark, Marks } from './marks.ts'
import type { ReplayFrames, SequencePosition } from './order.ts'
import { unreplayable } from './rewind.ts'
import type { SequenceState, SequenceStates } from './sequences.ts'
import type { Work } from './statements.ts'
import type { UndoOutcome } from './undo.ts'

/** The fresh clone's side of a replay: its marks, its ledger, and how statements run there. */
export interface ReplayParts {
  readonly marks: Marks
  readonly ledger: Ledger
  readonly run: (work: Work) => Promise<UndoOutcome>
  readonly freshMark: (label: string) => Promise<Mark>
}

function statesOf(positions: readonly SequencePosition[], known: SequenceStates): Map<number, SequenceState> {
  const byName = new Map([...known.values()].map((state) => [state.sequence.name, state.sequence]))
  const states = new Map<number, SequenceState>()
  for (const { name, last, called } of positions) {
    const sequence = byName.get(name)
    if (sequence !== undefined) states.set(sequence.oid, { sequence, last, called })
  }
  return states
}

/**
 * Makes the net change of each outer mark again, one after the other, with the marks between them, and puts the sequences
 * where they stood at the mark that was returned to.
 *
 * @throws BacklotError BACKLOT_REWIND_FAILED when one of them cannot be made again
 */
export async function replayMarks(parts: ReplayParts, frames: ReplayFrames): Promise<void> {
  if (frames.obstacle !== undefined) throw unreplayable(frames.obstacle)
  const { marks, ledger } = parts
  for (const [index, { label, sequences, frame }] of frames.marks.entries()) {
    const mark = index === 0 ? marks.stack[0] : await parts.freshMark(label)
    if (mark === undefined) continue
    if (index > 0) marks.stack.push({ ...mark, sequences: statesOf(sequences, mark.sequences), frame })
    else mark.frame = frame
    const outcome = await parts.run({
      net: frame.net,
      direction: 'redo',
      sequences: [],
      known: undefined,
      oldest: undefined,
    })
    if (outcome.how !== 'done') throw unreplayable(outcome.reason)
    ledger.current = frame
  }
  const [baseline] = marks.stack
  const states = [...statesOf(frames.sequences, baseline?.sequences ?? new Map()).values()]
  const nothing = { tables: new Map(), images: 0, bytes: 0 }
  const outcome = await parts.run({
    net: nothing,
    direction: 'redo',
    sequences: states.map((to) => ({ to })),
    known: undefined,
    oldest: undefined,
  })
  if (outcome.how !== 'done') throw unreplayable(outcome.reason)
}
