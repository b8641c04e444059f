import type { HandleParts } from '../parts.ts'
import { schemaDifference } from '../schema/difference.ts'
import { type Finding, failureLines } from './findings.ts'
import type { Step } from './steps.ts'
import { type Track, withTrack } from './track.ts'

async function findingsOf(track: Track, step: Step): Promise<readonly string[]> {
  const before = await track.schema()
  await track.up(step)
  if (step.down === undefined) return ['it has no way back']
  const after = await track.schema()
  const failure = await track.down(step).then(() => undefined, failureLines)
  if (failure !== undefined) return ['going back fails', ...failure]
  const left = schemaDifference(before, await track.schema())
  const again = await track.up(step).then(() => undefined, failureLines)
  if (again !== undefined) return [...under('going back leaves', left), 'going up again fails', ...again]
  return [
    ...under('going back leaves', left),
    ...under('going up again makes', schemaDifference(after, await track.schema())),
  ]
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
    for (const step of steps) {
      if (!chosen.has(step.name)) {
        await track.up(step)
        continue
      }
      const lines = await findingsOf(track, step)
      if (lines.length > 0) findings.push({ step: step.name, lines })
      // Where the way up was lost, what comes after cannot be judged.
      if (lines.includes('going up again fails')) break
    }
    return findings
  })
}
