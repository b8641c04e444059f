import type { Body, Cycle } from '../lib/child.ts'
import { type PeerProcess, startPeer } from '../lib/process.ts'
import type { Section } from '../lib/section.ts'
import { median, ms, quantile, table } from '../lib/table.ts'

const warmUp = 30
const rounds = 200

async function measure(process: PeerProcess, body: Body): Promise<Cycle[]> {
  const cycles: Cycle[] = []
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const measured = await process.run(body)
    if (round >= warmUp) cycles.push(measured)
  }
  return cycles
}

function row(what: string, times: readonly number[], target: string): string[] {
  return [what, ms(median(times)), ms(quantile(times, 0.95)), target]
}

export const reset: Section = {
  name: 'reset',
  title: 'Backlot, rewind: what is around a test body',
  async run(server) {
    const process = await startPeer('backlot', server)
    const writing = await measure(process, 'commits')
    const reading = await measure(process, 'read')
    await process.run('check')
    await process.close()
    const worker = await startPeer('hand-over', server)
    const handing = await measure(worker, 'commits')
    await worker.run('check')
    await worker.close()
    const rows = [
      row(
        'reset after 15 changed rows',
        writing.map((one) => one.reset),
        '<= 1.50 ms',
      ),
      row(
        'reset after a read-only test',
        reading.map((one) => one.reset),
        '<= 0.60 ms',
      ),
      row(
        'mark before a test',
        [...writing, ...reading].map((one) => one.begin),
        '',
      ),
      row(
        'to the next worker, after 15 changed rows',
        handing.map((one) => one.reset),
        '<= 30.0 ms',
      ),
    ]
    return table(['what', 'median', '95%', 'target'], rows)
  },
}

export const leases: Section = {
  name: 'leases',
  title: 'Backlot, rewind, with several leases at work on one server',
  async run(server) {
    const rows: string[][] = []
    for (const count of [1, 2, 4, 8]) {
      const processes = await Promise.all(Array.from({ length: count }, () => startPeer('backlot', server)))
      const cycles = (await Promise.all(processes.map((process) => measure(process, 'commits')))).flat()
      await Promise.all(processes.map((process) => process.close()))
      const whole = cycles.map((one) => one.whole)
      rows.push([
        String(count),
        ms(median(whole)),
        ms(quantile(whole, 0.95)),
        ms(median(cycles.map((one) => one.reset))),
        Math.round((count * 1000) / median(whole)).toString(),
      ])
    }
    return table(['leases', 'whole cycle', '95%', 'reset after 15 rows', 'tests per second'], rows)
  },
}
