import type { Beneath } from './beneath.ts'
import type { Frame } from './frame.ts'
import { absorb, emptyFrame } from './frame.ts'
import type { Ledger } from './ledger.ts'
import type { ReplayFrames, SequencePosition } from './order.ts'
import type { SequenceStates } from './sequences.ts'

/** A state to return to, and what was committed since. */
export interface Mark {
  readonly label: string
  readonly sequences: SequenceStates
  beneath: Beneath
  frame: Frame
}

/** The baseline and the marks upon it; after a `pop` also the time until the next boundary, which is nobody's yet. */
export interface Marks {
  readonly stack: Mark[]
  /** The state last returned to, with what was committed since; undefined outside such a time. */
  between: Mark | undefined
}

/** A stack with the baseline alone. What the feed hands over counts for the innermost mark from now on. */
export function createMarks(baseline: Mark, ledger: Ledger): Marks {
  const marks: Marks = { stack: [baseline], between: undefined }
  ledger.current = baseline.frame
  ledger.kept = () => {
    let [images, bytes] = [0, 0]
    for (const { frame } of marks.stack) {
      if (frame === ledger.current) continue
      images += frame.net.images
      bytes += frame.net.bytes
    }
    return { images, bytes }
  }
  return marks
}

/** The mark that the next return goes to. */
export function innermost(marks: Marks): Mark {
  const mark = marks.stack.at(-1)
  if (mark === undefined) throw new Error('the baseline is always there')
  return mark
}

/** What happened to the roles of the server was reported; no other mark reports it again. */
export function acceptRoles(marks: Marks, { roles }: Beneath): void {
  for (const mark of marks.stack) mark.beneath = { ...mark.beneath, roles }
}

/** Counts what was committed between two boundaries to the innermost mark. */
export function joinBetween(marks: Marks, ledger: Ledger): Mark {
  const mark = innermost(marks)
  if (marks.between !== undefined) absorb(mark.frame, marks.between.frame)
  marks.between = undefined
  ledger.current = mark.frame
  return mark
}

/** What is committed from here on is not part of a mark's frame, which is about to be undone. */
export function detach(ledger: Ledger): Frame {
  const fresh = emptyFrame()
  ledger.current = fresh
  return fresh
}

/** The undo did not happen: what came since belongs to the frame after all. */
export function reattach(mark: Mark, fresh: Frame, ledger: Ledger): void {
  absorb(mark.frame, fresh)
  ledger.current = mark.frame
}

/** Folds all marks into the baseline. */
export function foldAll(marks: Marks, ledger: Ledger): Mark {
  joinBetween(marks, ledger)
  const [baseline, ...inner] = marks.stack
  if (baseline === undefined) throw new Error('the baseline is always there')
  for (const { frame } of inner) absorb(baseline.frame, frame)
  marks.stack.splice(1)
  ledger.current = baseline.frame
  return baseline
}

function positions(sequences: SequenceStates): SequencePosition[] {
  return [...sequences.values()].map(({ sequence, last, called }) => ({ name: sequence.name, last, called }))
}

/** What a fresh clone needs to become what the database was at a mark. */
export function replayFrames(outer: readonly Mark[], at: SequenceStates): ReplayFrames {
  return {
    marks: outer.map(({ label, sequences, frame }) => ({ label, sequences: positions(sequences), frame })),
    sequences: positions(at),
    obstacle: outer.find(({ frame }) => frame.lost !== undefined)?.frame.lost,
  }
}
