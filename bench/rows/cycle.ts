import type { Body, Cycle } from '../lib/child.ts'
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
}

/** Every peer that can run here, and why the others cannot. */
async function startAll(server: Server): Promise<{ started: Started[]; absent: string[] }> {
  const started: Started[] = []
  const absent: string[] = []
  for (const peer of peers) {
    try {
      started.push({ peer, process: await startPeer(peer.name, server) })
    } catch (error) {
      // Only this peer needs programs that a machine may lack.
      if (peer.name !== 'pgsql-test') throw error
      const [line] = String(error).split('\n')
      absent.push(`pgsql-test is left out (it needs psql, createdb and dropdb on PATH): ${line}`)
    }
  }
  return { started, absent }
}

/** All peers with one body, side by side in turn: what slows the machine down for a while slows all of them down. */
async function compare(started: readonly Started[], body: Body): Promise<string> {
  const measured = started.map((one) => ({ ...one, cycles: [] as Cycle[] }))
  for (let round = 0; round < warmUp + rounds; round += 1) {
    for (const { process, cycles } of measured) {
      const one = await process.run(body)
      if (round >= warmUp) cycles.push(one)
    }
  }
  for (const { process } of started) await process.run('check')
  const best = Math.min(...measured.map(({ cycles }) => median(cycles.map(({ whole }) => whole))))
  const rows = measured.map(({ peer, cycles }) => {
    const whole = cycles.map((one) => one.whole)
    const around = median(cycles.map((one) => one.begin + one.reset))
    const ratio = `${(median(whole) / best).toFixed(2)}x`
    return [peer.what, peer.commits, ms(median(whole)), ms(quantile(whole, 0.95)), ms(around), ratio, peer.target]
  })
  return table(['peer', 'commits', 'median', '95%', 'begin + reset', 'to the best', 'target'], rows)
}

export const cycle: Section = {
  name: 'cycle',
  title: 'Whole cycle: clean state, 15 inserts in 3 of 12 tables, reset',
  async run(server) {
    const { started, absent } = await startAll(server)
    const request = await compare(started, 'request')
    const commits = await compare(started, 'commits')
    await Promise.all(started.map(({ process }) => process.close()))
    return [
      'The 15 inserts in one transaction, as a request of an app:',
      '',
      request,
      '',
      'The 15 inserts one by one, without a transaction: 15 commits for those that commit:',
      '',
      commits,
      ...absent,
    ].join('\n')
  },
}
