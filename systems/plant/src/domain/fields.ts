import { z } from 'zod'

/** How many numbers an embedding has. */
export const dimensions = 384
export const skillCategories = ['technical', 'soft_skill', 'domain_expertise', 'certification'] as const
export const seniorityLevels = ['junior', 'mid', 'senior'] as const
export const statuses = ['active', 'inactive', 'archived', 'deleted'] as const
export const alignments = ['aligned', 'drifting', 'misaligned'] as const

const id = z.uuid('is a UUID')
const name = z.string('is missing').trim().min(1, 'is empty').max(255, 'has at most 255 characters')
const description = z.string('is missing').trim().min(1, 'is empty')
const embedding = z.array(z.number()).length(dimensions, `has ${dimensions} numbers`)

/** What every entity may have, besides what its type asks for. */
const common = {
  externalId: z.string().min(1, 'is empty').max(255, 'has at most 255 characters').nullable().optional(),
  status: z.enum(['active', 'inactive', 'archived'], 'is active, inactive or archived').optional(),
  amendmentAlignment: z.enum(alignments, `is one of ${alignments.join(', ')}`).optional(),
  tags: z.array(z.string()).optional(),
  customAttributes: z.record(z.string(), z.json()).optional(),
  evolutionMarkers: z.record(z.string(), z.json()).optional(),
  l0ComplianceStatus: z.record(z.string(), z.json()).optional(),
  driftDetector: z.record(z.string(), z.json()).optional(),
  governanceNotes: z.string().nullable().optional(),
  parentId: id.nullable().optional(),
  childIds: z.array(id).optional(),
}

/** Names of the fields that stand in `base_entity`. */
export const commonFields: ReadonlySet<string> = new Set(Object.keys(common))

export const skillSchema = z.strictObject({
  ...common,
  name,
  description,
  category: z.enum(skillCategories, `is one of ${skillCategories.join(', ')}`),
  embedding384: embedding.nullable().optional(),
})

export const jobRoleSchema = z.strictObject({
  ...common,
  name,
  description,
  requiredSkills: z.array(id).min(1, 'names at least one skill'),
  seniorityLevel: z.enum(seniorityLevels, `is one of ${seniorityLevels.join(', ')}`),
  industryId: id.nullable().optional(),
})

export const teamSchema = z.strictObject({
  ...common,
  name,
  description,
  agents: z.array(id).min(1, 'names at least one agent'),
  jobRoleId: id,
  industryId: id.nullable().optional(),
})

export const agentSchema = z.strictObject({
  ...common,
  name,
  skillId: id,
  jobRoleId: id,
  teamId: id.nullable().optional(),
  industryId: id,
})

export const industrySchema = z.strictObject({
  ...common,
  name,
  description,
  agents: z.array(id).optional(),
  embedding384: embedding.nullable().optional(),
})

/** What each type of entity is made of. */
export const schemas = {
  Skill: skillSchema,
  JobRole: jobRoleSchema,
  Team: teamSchema,
  Agent: agentSchema,
  Industry: industrySchema,
} as const

/** `Skill`, `JobRole`, `Team`, `Agent` or `Industry`. */
export type EntityType = keyof typeof schemas
/** What an entity of a type is made of. */
export type Fields<Type extends EntityType> = z.output<(typeof schemas)[Type]>
