import type { HandleParts } from '../parts.ts'
import { type Finding, failureLines } from './findings.ts'
import { readState, stateDifference } from './state.ts'
import type { Step } from './steps.ts'
import { withTrack } from './track.ts'

/** Runs each migration twice; what the second time does to schema or rows is a finding. */
export function findUnrepeatable(
  parts: HandleParts,
  steps: readonly Step[],
  chosen: ReadonlySet<string>,
): Promise<readonly Finding[]> {
  return withTrack(parts, async (track) => {
    const findings: Finding[] = []
    for (const step of steps) {
      await track.up(step)
      if (!chosen.has(step.name)) continue
      const once = await readState(track)
      const failure = await track.up(step).then(() => [], failureLines)
      const lines = [...failure, ...stateDifference(once, await readState(track))]
      if (lines.length > 0) findings.push({ step: step.name, lines })
    }
    return findings
  })
}
