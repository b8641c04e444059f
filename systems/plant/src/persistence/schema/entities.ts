import { pgTable, text, uuid, varchar, vector } from 'drizzle-orm/pg-core'
import { dimensions, type seniorityLevels, type skillCategories } from '../../domain/fields.ts'
import { baseEntity } from './base-entity.ts'

const key = () =>
  uuid('id')
    .primaryKey()
    .references(() => baseEntity.id, { onDelete: 'cascade' })
const name = () => varchar('name', { length: 255 }).notNull().unique()
const description = () => text('description').notNull()
const embedding384 = () => vector('embedding_384', { dimensions })

export const skillEntity = pgTable('skill_entity', {
  id: key(),
  name: name(),
  description: description(),
  category: varchar('category', { length: 50 }).$type<(typeof skillCategories)[number]>().notNull(),
  embedding384: embedding384(),
})

export const industryEntity = pgTable('industry_entity', {
  id: key(),
  name: name(),
  description: description(),
  agents: uuid('agents').array().notNull().default([]),
  embedding384: embedding384(),
})

export const jobRoleEntity = pgTable('job_role_entity', {
  id: key(),
  name: name(),
  description: description(),
  requiredSkills: uuid('required_skills').array().notNull().default([]),
  seniorityLevel: varchar('seniority_level', { length: 50 }).$type<(typeof seniorityLevels)[number]>().notNull(),
  industryId: uuid('industry_id').references(() => industryEntity.id),
})

export const teamEntity = pgTable('team_entity', {
  id: key(),
  name: name(),
  description: description(),
  agents: uuid('agents').array().notNull().default([]),
  jobRoleId: uuid('job_role_id')
    .notNull()
    .references(() => jobRoleEntity.id),
  industryId: uuid('industry_id').references(() => industryEntity.id),
})

export const agentEntity = pgTable('agent_entity', {
  id: key(),
  name: name(),
  skillId: uuid('skill_id')
    .notNull()
    .references(() => skillEntity.id),
  jobRoleId: uuid('job_role_id')
    .notNull()
    .references(() => jobRoleEntity.id),
  teamId: uuid('team_id').references(() => teamEntity.id),
  industryId: uuid('industry_id')
    .notNull()
    .references(() => industryEntity.id),
})

/** The table of each type of entity. */
export const entityTables = {
  Skill: skillEntity,
  JobRole: jobRoleEntity,
  Team: teamEntity,
  Agent: agentEntity,
  Industry: industryEntity,
} as const
