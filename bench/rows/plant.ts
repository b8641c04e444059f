import { binariesAlone } from '../lib/binaries-alone.ts'
import { plantSuite } from '../lib/plant.ts'
import type { Section } from '../lib/section.ts'
import { median, ms, table } from '../lib/table.ts'

const warmRounds = 5
const coldRounds = 3
const cloneRounds = 3

async function times(rounds: number, run: () => Promise<number>): Promise<number> {
  const all: number[] = []
  for (let round = 0; round < rounds; round += 1) all.push(await run())
  return median(all)
}

async function coldRun(): Promise<number> {
  const suite = plantSuite(undefined)
  const cache = await binariesAlone()
  const env = { BACKLOT_CACHE_DIR: cache.path }
  try {
    await suite.down()
    const time = await suite.run(env)
    await suite.down(env)
    return time
  } finally {
    cache.remove()
    suite.remove()
  }
}

async function warmRun(isolation: 'clone' | undefined, rounds: number): Promise<number> {
  const suite = plantSuite(isolation)
  try {
    await suite.run()
    const time = await times(rounds, () => suite.run())
    await suite.down()
    return time
  } finally {
    suite.remove()
  }
}

export const plant: Section = {
  name: 'plant',
  title: 'The 78 tests of systems/plant, from the command to its end',
  async run() {
    const warm = await warmRun(undefined, warmRounds)
    const clone = await warmRun('clone', cloneRounds)
    const cold = await times(coldRounds, coldRun)
    return table(
      ['what', 'median', 'beside warm', 'target'],
      [
        ['warm', ms(warm), '', '<= 3000 ms'],
        ['warm, a fresh database for each test (isolation clone)', ms(clone), `${(clone / warm).toFixed(1)}x`, ''],
        ['cold, binaries cached', ms(cold), `${(cold / warm).toFixed(1)}x`, '<= 8000 ms'],
      ],
    )
  },
}
