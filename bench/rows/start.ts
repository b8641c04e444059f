import { binariesAlone } from '../lib/binaries-alone.ts'
import { backlot, reportedByBacklot, reportedByVitest } from '../lib/project.ts'
import type { Section } from '../lib/section.ts'
import { median, ms, table } from '../lib/table.ts'

const warmRounds = 9
const coldRounds = 3

/** Milliseconds from the start of the command to the first test body. */
async function toFirstBody(run: () => Promise<unknown>): Promise<number> {
  const began = performance.timeOrigin + performance.now()
  const reported = await run()
  return Number(Array.isArray(reported) ? reported[0] : reported) - began
}

async function coldStart(): Promise<number> {
  const cache = await binariesAlone()
  try {
    await backlot(['down'])
    const env = { BACKLOT_CACHE_DIR: cache.path }
    const time = await toFirstBody(() => reportedByBacklot('first', env))
    await backlot(['down'], env)
    return time
  } finally {
    cache.remove()
  }
}

export const start: Section = {
  name: 'start',
  title: 'Start: from the command to the first test body',
  async run() {
    await reportedByBacklot('first')
    const bare: number[] = []
    const warm: number[] = []
    for (let round = 0; round < warmRounds; round += 1) {
      bare.push(await toFirstBody(reportedByVitest))
      warm.push(await toFirstBody(() => reportedByBacklot('first')))
    }
    const cold: number[] = []
    for (let round = 0; round < coldRounds; round += 1) cold.push(await coldStart())
    const share = median(warm) - median(bare)
    return table(
      ['what', 'median', 'target'],
      [
        ['vitest run, without Backlot', ms(median(bare)), ''],
        ['backlot test, warm', ms(median(warm)), ''],
        ["Backlot's share of a warm start", ms(share), '<= 150 ms'],
        ['backlot test, cold, binaries cached', ms(median(cold)), '<= 4000 ms'],
      ],
    )
  },
}
