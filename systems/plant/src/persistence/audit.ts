import { asc, eq, sql } from 'drizzle-orm'
import type { Database } from '../connector/session.ts'
import { checkAuditChain } from '../domain/audit.ts'
import type { ChainCheck } from '../domain/hash-chain.ts'
import { auditLog } from './schema/audit-log.ts'

/** A link of the audit trail. */
export type AuditLink = typeof auditLog.$inferSelect

/** The audit trail, as far as the agent sees the entities that it is about. Triggers write it (migration 005). */
export interface AuditTrail {
  /** An entity's links, oldest first. */
  list(entityId: string): Promise<readonly AuditLink[]>
  /** Checks an entity's links. An entity without any, or one that is not seen, does not pass. */
  verify(entityId: string): Promise<ChainCheck>
}

const asHashed = {
  previousHash: sql<string>`coalesce(${auditLog.previousHash}, '')`,
  sequence: sql<string>`${auditLog.sequence}::text`,
  createdAt: sql<string>`to_char(${auditLog.createdAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  entityId: auditLog.entityId,
  tableName: auditLog.tableName,
  action: auditLog.action,
  agentId: sql<string>`coalesce(${auditLog.agentId}, '')`,
  data: sql<string>`${auditLog.data}::text`,
  hash: auditLog.hash,
}

/** The audit trail, read in a session's transaction. */
export function createAuditTrail(db: Database): AuditTrail {
  return {
    list: async (entityId) =>
      await db.select().from(auditLog).where(eq(auditLog.entityId, entityId)).orderBy(asc(auditLog.sequence)),
    verify: async (entityId) => {
      const links = await db
        .select(asHashed)
        .from(auditLog)
        .where(eq(auditLog.entityId, entityId))
        .orderBy(asc(auditLog.sequence))
      return checkAuditChain(links)
    },
  }
}
