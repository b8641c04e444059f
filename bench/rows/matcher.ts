import { reportedByBacklot } from '../lib/project.ts'
import type { Section } from '../lib/section.ts'
import { median, ms, quantile, table } from '../lib/table.ts'

function numbers(value: unknown): number[] {
  if (Array.isArray(value) && value.every((one): one is number => typeof one === 'number')) return value
  throw new Error(`not a list of times: ${JSON.stringify(value)}`)
}

export const matcher: Section = {
  name: 'matcher',
  title: 'From the acknowledged commit to the resolved matcher',
  async run() {
    const times = numbers(await reportedByBacklot('matcher'))
    const row = ['toHaveRow', ms(median(times)), ms(quantile(times, 0.95)), '<= 1.00 ms']
    return table(['matcher', 'median', '95%', 'target'], [row])
  },
}
