import type { Cycle } from '../lib/child.ts'
import type { Server } from '../lib/peer.ts'
import { type PeerProcess, startPeer } from '../lib/process.ts'
import type { Section } from '../lib/section.ts'
import { median, ms, quantile, table } from '../lib/table.ts'

const warmUp = 30
const rounds = 200

const peers = [
  { name: 'backlot', what: 'Backlot, rewind', commits: 'yes', target: '<= 2x the two below' },
  { name: 'pg-transactional-tests', what: 'pg-transactional-tests', commits: 'no', target: '' },
  { name: 'pgsql-test', what: 'pgsql-test', commits: 'no', target: '' },
  { name: 'begin-rollback', what: 'BEGIN, ROLLBACK by hand', commits: 'no', target: '' },
  { name: 'truncate', what: 'TRUNCATE of all tables', commits: 'yes', target: '' },
  { name: 'template', what: 'CREATE DATABASE ... TEMPLATE', commits: 'yes', target: '>= 10x Backlot' },
] as const

interface Started {
  readonly peer: (typeof peers)[number]
  readonly process: PeerProcess
  readonly cycles: Cycle[]
}

/** Every peer that can run here, and why the others cannot. */
async function startAll(server: Server): Promise<{ started: Started[]; absent: string[] }> {
  const started: Started[] = []
  const absent: string[] = []
  for (const peer of peers) {
    try {
      started.push({ peer, process: await startPeer(peer.name, server), cycles: [] })
    } catch (error) {
      // Only this peer needs programs that a machine may lack.
      if (peer.name !== 'pgsql-test') throw error
      const [line] = String(error).split('\n')
      absent.push(`pgsql-test is left out (it needs psql, createdb and dropdb on PATH): ${line}`)
    }
  }
  return { started, absent }
}

export const cycle: Section = {
  name: 'cycle',
  title: 'Whole cycle: clean state, 15 inserts in 3 of 12 tables, reset',
  async run(server) {
    const { started, absent } = await startAll(server)
    // Side by side in turn, so that whatever slows the machine down for a while slows all of them down.
    for (let round = 0; round < warmUp + rounds; round += 1) {
      for (const { process, cycles } of started) {
        const measured = await process.run('write')
        if (round >= warmUp) cycles.push(measured)
      }
    }
    for (const { process } of started) await process.run('check')
    await Promise.all(started.map(({ process }) => process.close()))
    const best = Math.min(...started.map(({ cycles }) => median(cycles.map(({ whole }) => whole))))
    const rows = started.map(({ peer, cycles }) => {
      const whole = cycles.map((one) => one.whole)
      const around = median(cycles.map((one) => one.begin + one.reset))
      const ratio = `${(median(whole) / best).toFixed(2)}x`
      return [peer.what, peer.commits, ms(median(whole)), ms(quantile(whole, 0.95)), ms(around), ratio, peer.target]
    })
    const head = ['peer', 'commits', 'median', '95%', 'begin + reset', 'to the best', 'target']
    return [table(head, rows), ...absent].join('\n')
  },
}
