import { bigint, jsonb, pgTable, text, timestamp, uuid, varchar } from 'drizzle-orm/pg-core'
import type { JsonObject } from '../../domain/canonical-json.ts'

/** A link for each row that was written. Triggers write it; nobody changes it. */
export const auditLog = pgTable('audit_log', {
  sequence: bigint('sequence', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
  entityId: uuid('entity_id').notNull(),
  tableName: varchar('table_name', { length: 63 }).notNull(),
  action: varchar('action', { length: 10 }).$type<'insert' | 'update' | 'delete'>().notNull(),
  /** Null: nobody had named themselves. */
  agentId: text('agent_id'),
  data: jsonb('data').$type<JsonObject>().notNull(),
  previousHash: varchar('previous_hash', { length: 64 }),
  hash: varchar('hash', { length: 64 }).notNull(),
})
