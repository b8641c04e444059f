import type { Instance, Isolation, Json, Lease } from '../../contracts/index.ts'
import { BacklotError } from '../../errors/index.ts'
import type { InstanceOptions, LeaseOptions } from '../contract.ts'
import { inTurn } from '../in-turn.ts'
import type { PostgresServer } from '../server/index.ts'
import { connectionUrl, onDatabase, openAdmin } from './admin.ts'
import { aheadFor, createClones } from './clones.ts'
import { developmentDatabase, keptAnswer } from './kept.ts'
import { openCloneLease } from './lease-clone.ts'
import { leaseInfo } from './lease-info.ts'
import type { LeaseParts } from './lease-parts.ts'
import { openPlainLease } from './lease-plain.ts'
import { openRewindLease } from './lease-rewind.ts'
import { readRights } from './rights.ts'
import { createRoles, type Roles, singleRole } from './roles.ts'
import { withScratches } from './scratch.ts'
import { requestBaseline, type TemplateContext, templateOf } from './templates.ts'
import { claimTenancy } from './tenancy.ts'

/** The isolation that a lease gets, and why it is less than was asked for. */
function settle(asked: Isolation, noRewind: string | undefined): { isolation: Isolation; reason?: string } {
  if (asked !== 'rewind' || noRewind === undefined) return { isolation: asked }
  return { isolation: 'clone', reason: `rewind is not to be had, each test gets a clone instead: ${noRewind}` }
}

/**
 * Turns a running server into an instance: roles, baselines, leases.
 *
 * @throws BacklotError `BACKLOT_RIGHTS_MISSING` on a server by URL that lets Backlot make no databases
 */
export async function openInstance(server: PostgresServer, options: InstanceOptions): Promise<Instance> {
  const shared = options.url !== undefined
  const admin = openAdmin(server.superuser)
  const rights = await readRights(admin)
  const tenancy = shared ? await claimTenancy(admin, server.superuser) : undefined
  const scope = tenancy?.scope ?? ''
  const roles: Roles = rights.createRole
    ? await createRoles(admin, server.superuser, scope)
    : singleRole(server.superuser)
  const context: TemplateContext = {
    admin,
    superuser: server.superuser,
    roles,
    tcp: server.tcp,
    rewindable: rights.noRewind === undefined,
    scope,
    keepInTurn: inTurn(),
  }
  const leases = new Set<Lease>()

  async function openLease(baselineKey: string, lease: LeaseOptions): Promise<Lease> {
    const { isolation, reason } = settle(lease.isolation, rights.noRewind)
    const clones = createClones(context, baselineKey, aheadFor({ ...lease, isolation }))
    const parts: LeaseParts = {
      admin,
      context,
      clones,
      infoFor: (database) => leaseInfo(context, database, lease, isolation, reason),
    }
    if (isolation === 'rewind') {
      const rewound = await openRewindLease(parts, lease.limits)
      return withScratches(rewound.lease, parts, lease, rewound.bringToNow)
    }
    const other = isolation === 'clone' ? openCloneLease(parts) : openPlainLease(parts, isolation)
    return withScratches(await other, parts, lease, undefined)
  }

  async function development(args: Json): Promise<Json> {
    const { service = '', baseline, lease } = args as { service?: string; baseline: string; lease: LeaseOptions }
    const database = await developmentDatabase(context, service, templateOf(context, baseline))
    return leaseInfo(context, database, lease, 'none')
  }

  return {
    died: server.died,
    async status() {
      return {
        kind: 'postgres',
        product: `PostgreSQL ${server.version}`,
        provider: server.provider,
        address: `${server.tcp.host}:${server.tcp.port}`,
        leases: leases.size,
        ...(server.pid !== undefined && { pid: server.pid }),
        ...(server.log !== undefined && { log: server.log }),
      }
    },
    baseline: (key, lease) => requestBaseline(context, key, lease as LeaseOptions),
    async lease(baselineKey, options) {
      const lease = await openLease(baselineKey, options as LeaseOptions)
      leases.add(lease)
      return {
        ...lease,
        async end() {
          leases.delete(lease)
          await lease.end()
        },
      }
    },
    async ask(question, args) {
      if (question === 'kept') return keptAnswer(context)
      if (question === 'development') return development(args)
      if (question === 'connection') {
        const connection = onDatabase({ ...server.superuser, ...roles.owner }, server.superuser.database)
        return { connection, url: connectionUrl({ ...server.tcp, ...roles.owner, database: connection.database }) }
      }
      throw new BacklotError('BACKLOT_USAGE', `a Postgres instance knows no question "${question}"`, {
        hint: 'this is a defect of Backlot: please report it',
      })
    },
    async stop() {
      await tenancy?.leave()
      await admin.end().catch(() => {})
      await server.stop()
    },
  }
}
