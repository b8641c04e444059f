import { asc, eq, type SQL } from 'drizzle-orm'
import type { PgSelect } from 'drizzle-orm/pg-core'
import type { z } from 'zod'
import type { Database } from '../connector/session.ts'
import {
  agentSchema,
  type EntityType,
  type Fields,
  industrySchema,
  jobRoleSchema,
  skillSchema,
  teamSchema,
} from '../domain/fields.ts'
import { baseEntity } from './schema/base-entity.ts'
import {
  agentEntity,
  type entityTables,
  industryEntity,
  jobRoleEntity,
  skillEntity,
  teamEntity,
} from './schema/entities.ts'

/** What every entity has. */
export type BaseRow = typeof baseEntity.$inferSelect
/** What an entity of a type has in its own table. */
export type OwnRow<Type extends EntityType> = (typeof entityTables)[Type]['$inferSelect']
/** An entity: what all have, and what its type adds. */
export type Entity<Type extends EntityType> = BaseRow & OwnRow<Type>

/** Which entities, and how many. */
export interface Selection {
  readonly where: SQL | undefined
  /** What comes first. Default: the oldest. */
  readonly order?: SQL
  readonly limit: number
  readonly offset?: number
}

/** How entities of one type are kept. Fields that a table does not have are left to the other table. */
export interface Kind<Type extends EntityType> {
  readonly type: Type
  /** Where a name must be unique. */
  readonly table: (typeof entityTables)[Type]
  readonly fields: z.ZodType<Fields<Type>>
  readonly changes: z.ZodType<Partial<Fields<Type>>>
  insert(db: Database, id: string, fields: Fields<Type>): Promise<unknown>
  update(db: Database, id: string, changes: Partial<Fields<Type>>): Promise<unknown>
  read(db: Database, selection: Selection): Promise<{ readonly base: BaseRow; readonly own: OwnRow<Type> }[]>
}

const oldestFirst = [asc(baseEntity.createdAt), asc(baseEntity.id)]

function select<Query extends PgSelect>(query: Query, { where, order, limit, offset = 0 }: Selection) {
  return query
    .where(where)
    .orderBy(...(order === undefined ? [] : [order]), ...oldestFirst)
    .limit(limit)
    .offset(offset)
}

/** How each type of entity is kept. */
export const kinds: { readonly [Type in EntityType]: Kind<Type> } = {
  Skill: {
    type: 'Skill',
    table: skillEntity,
    fields: skillSchema,
    changes: skillSchema.partial(),
    insert: async (db, id, fields) => await db.insert(skillEntity).values({ ...fields, id }),
    update: async (db, id, changes) => await db.update(skillEntity).set(changes).where(eq(skillEntity.id, id)),
    read: async (db, selection) =>
      await select(
        db
          .select({ base: baseEntity, own: skillEntity })
          .from(skillEntity)
          .innerJoin(baseEntity, eq(baseEntity.id, skillEntity.id))
          .$dynamic(),
        selection,
      ),
  },
  JobRole: {
    type: 'JobRole',
    table: jobRoleEntity,
    fields: jobRoleSchema,
    changes: jobRoleSchema.partial(),
    insert: async (db, id, fields) => await db.insert(jobRoleEntity).values({ ...fields, id }),
    update: async (db, id, changes) => await db.update(jobRoleEntity).set(changes).where(eq(jobRoleEntity.id, id)),
    read: async (db, selection) =>
      await select(
        db
          .select({ base: baseEntity, own: jobRoleEntity })
          .from(jobRoleEntity)
          .innerJoin(baseEntity, eq(baseEntity.id, jobRoleEntity.id))
          .$dynamic(),
        selection,
      ),
  },
  Team: {
    type: 'Team',
    table: teamEntity,
    fields: teamSchema,
    changes: teamSchema.partial(),
    insert: async (db, id, fields) => await db.insert(teamEntity).values({ ...fields, id }),
    update: async (db, id, changes) => await db.update(teamEntity).set(changes).where(eq(teamEntity.id, id)),
    read: async (db, selection) =>
      await select(
        db
          .select({ base: baseEntity, own: teamEntity })
          .from(teamEntity)
          .innerJoin(baseEntity, eq(baseEntity.id, teamEntity.id))
          .$dynamic(),
        selection,
      ),
  },
  Agent: {
    type: 'Agent',
    table: agentEntity,
    fields: agentSchema,
    changes: agentSchema.partial(),
    insert: async (db, id, fields) => await db.insert(agentEntity).values({ ...fields, id }),
    update: async (db, id, changes) => await db.update(agentEntity).set(changes).where(eq(agentEntity.id, id)),
    read: async (db, selection) =>
      await select(
        db
          .select({ base: baseEntity, own: agentEntity })
          .from(agentEntity)
          .innerJoin(baseEntity, eq(baseEntity.id, agentEntity.id))
          .$dynamic(),
        selection,
      ),
  },
  Industry: {
    type: 'Industry',
    table: industryEntity,
    fields: industrySchema,
    changes: industrySchema.partial(),
    insert: async (db, id, fields) => await db.insert(industryEntity).values({ ...fields, id }),
    update: async (db, id, changes) => await db.update(industryEntity).set(changes).where(eq(industryEntity.id, id)),
    read: async (db, selection) =>
      await select(
        db
          .select({ base: baseEntity, own: industryEntity })
          .from(industryEntity)
          .innerJoin(baseEntity, eq(baseEntity.id, industryEntity.id))
          .$dynamic(),
        selection,
      ),
  },
}
