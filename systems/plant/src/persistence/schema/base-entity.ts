import { sql } from 'drizzle-orm'
import { boolean, jsonb, pgTable, text, timestamp, uuid, varchar } from 'drizzle-orm/pg-core'
import type { Amendment } from '../../domain/amendments.ts'
import type { JsonObject } from '../../domain/canonical-json.ts'
import type { alignments, EntityType, statuses } from '../../domain/fields.ts'

const moment = (name: string) => timestamp(name, { withTimezone: true })
const object = (name: string) => jsonb(name).$type<JsonObject>().notNull().default({})

/** What every entity has. Keys, checks, indexes and policies are in `migrations/`. */
export const baseEntity = pgTable('base_entity', {
  id: uuid('id').primaryKey().default(sql`uuid_generate_v4()`),
  entityType: varchar('entity_type', { length: 50 }).$type<EntityType>().notNull(),
  externalId: varchar('external_id', { length: 255 }),
  createdAt: moment('created_at').notNull().defaultNow(),
  updatedAt: moment('updated_at').notNull().defaultNow(),
  deletedAt: moment('deleted_at'),
  status: varchar('status', { length: 20 }).$type<(typeof statuses)[number]>().notNull().default('active'),
  versionHash: varchar('version_hash', { length: 64 }).notNull(),
  amendmentHistory: jsonb('amendment_history').$type<readonly Amendment[]>().notNull().default([]),
  evolutionMarkers: object('evolution_markers'),
  l0ComplianceStatus: object('l0_compliance_status'),
  amendmentAlignment: varchar('amendment_alignment', { length: 20 })
    .$type<(typeof alignments)[number]>()
    .notNull()
    .default('aligned'),
  driftDetector: object('drift_detector'),
  appendOnly: boolean('append_only').notNull().default(true),
  hashChainSha256: text('hash_chain_sha256').array().notNull().default([]),
  tamperProof: boolean('tamper_proof').notNull().default(true),
  tags: text('tags').array().notNull().default([]),
  customAttributes: object('custom_attributes'),
  governanceNotes: text('governance_notes'),
  parentId: uuid('parent_id'),
  childIds: uuid('child_ids').array().notNull().default([]),
  governanceAgentId: varchar('governance_agent_id', { length: 100 }).notNull().default('genesis'),
})
