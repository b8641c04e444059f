import type { Isolation } from '../../contracts/index.ts'
import type { LeaseInfo, LeaseOptions } from '../contract.ts'
import { connectionUrl } from './admin.ts'
import type { TemplateContext } from './templates.ts'

/** Coordinates of a lease for the test process. */
export function leaseInfo(
  context: TemplateContext,
  database: string,
  options: LeaseOptions,
  isolation: Isolation,
  reason?: string,
): LeaseInfo {
  const { roles, superuser, tcp } = context
  const app = options.connectAs === 'owner' ? roles.owner : roles.app
  return {
    url: connectionUrl({ ...tcp, ...app, database }),
    ownerUrl: connectionUrl({ ...tcp, ...roles.owner, database }),
    owner: { ...superuser, ...roles.owner, database },
    app: { ...superuser, ...roles.app, database },
    observer: { ...superuser, ...roles.observer, database },
    database,
    isolation,
    ...(reason !== undefined && { reason }),
  }
}
