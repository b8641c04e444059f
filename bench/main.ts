import { cpus, platform, release } from 'node:os'
import { withServer } from '../tests/integration/support/postgres.ts'
import { backlot, installBuilt } from './lib/project.ts'
import type { Section } from './lib/section.ts'
import { cycle } from './rows/cycle.ts'
import { matcher } from './rows/matcher.ts'
import { plant } from './rows/plant.ts'
import { leases, reset } from './rows/reset.ts'
import { start } from './rows/start.ts'
import { vectors } from './rows/vectors.ts'

const sections: readonly Section[] = [cycle, reset, leases, matcher, start, plant, vectors]
const asked = process.argv.slice(2)
const picked = sections.filter(({ name }) => asked.length === 0 || asked.includes(name))
if (picked.length === 0) throw new Error(`npm run bench -- [${sections.map(({ name }) => name).join(' | ')}]`)

installBuilt()
// Peers get a server of their own with the same binaries and settings as Backlot's: the feed shall not slow them down.
const { server, stop } = await withServer()
const { superuser, tcp } = server
const cores = cpus()
console.log(
  `${cores.length} cores (${cores[0]?.model.trim()}), ${platform()} ${release()}, Node ${process.versions.node}, PostgreSQL ${server.version}`,
)
console.log('Medians; all on loopback TCP with password authentication, fsync off, data in memory.')
try {
  for (const section of picked) {
    console.log(`\n### ${section.title}\n`)
    console.log(await section.run({ ...tcp, user: superuser.user, password: superuser.password }))
  }
} finally {
  await backlot(['down'])
  await stop()
}
