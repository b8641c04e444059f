import type { HandleParts } from '../parts.ts'
import { schemaDifference } from '../schema/difference.ts'
import type { Schema } from '../schema/snapshot.ts'
import { type Finding, failureLines } from './findings.ts'
import type { Step } from './steps.ts'
import { type Track, withTrack } from './track.ts'

interface Checked {
  readonly lines: readonly string[]
  /** Where the step has led, if that is known. */
  readonly now?: Schema
}

async function check(track: Track, step: Step, before: Schema): Promise<Checked> {
  await track.up(step)
  if (step.down === undefined) return { lines: ['it has no way back'] }
  const after = await track.schema()
  const failure = await track.down(step).then(() => undefined, failureLines)
  if (failure !== undefined) return { lines: ['going back fails', ...failure] }
  const left = under('going back leaves', schemaDifference(before, await track.schema()))
  const again = await track.up(step).then(() => undefined, failureLines)
  if (again !== undefined) return { lines: [...left, 'going up again fails', ...again] }
  const now = await track.schema()
  return { lines: [...left, ...under('going up again makes', schemaDifference(after, now))], now }
}

function under(heading: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [heading, ...lines.map((line) => `  ${line}`)]
}

/** Takes each migration back and applies it again; a schema that is another one after either is a finding. */
export function findIrreversible(
  parts: HandleParts,
  steps: readonly Step[],
  chosen: ReadonlySet<string>,
): Promise<readonly Finding[]> {
  return withTrack(parts, async (track) => {
    const findings: Finding[] = []
    let before: Schema | undefined
    for (const step of steps) {
      if (!chosen.has(step.name)) {
        await track.up(step)
        before = undefined
        continue
      }
      const { lines, now } = await check(track, step, before ?? (await track.schema()))
      before = now
      if (lines.length > 0) findings.push({ step: step.name, lines })
      // Where the way up was lost, what comes after cannot be judged.
      if (lines.includes('going up again fails')) break
    }
    return findings
  })
}
