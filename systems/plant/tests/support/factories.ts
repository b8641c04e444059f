import type { Entity, EntityType, Fields, Repositories } from '../../src/index.ts'

/** Makes an entity of a type that is valid as it is; what is given replaces what would be made up. */
export type Factory<Type extends EntityType> = (overrides?: Partial<Fields<Type>>) => Promise<Entity<Type>>

/** One factory for each type. What an entity refers to is made as well, unless it is given. */
export interface Factories {
  readonly skill: Factory<'Skill'>
  readonly industry: Factory<'Industry'>
  readonly jobRole: Factory<'JobRole'>
  readonly agent: Factory<'Agent'>
  readonly team: Factory<'Team'>
}

let made = 0

/** Names are unique, and each worker has a database of its own. */
function nameOf(type: EntityType): string {
  made += 1
  return `${type} ${made}`
}

/** Factories that write with the repositories of a session, in the name of its agent. */
export function createFactories({ skills, industries, jobRoles, agents, teams }: Repositories): Factories {
  const factories: Factories = {
    skill: (overrides) =>
      skills.create({ name: nameOf('Skill'), description: 'Asking a database', category: 'technical', ...overrides }),
    industry: (overrides) => industries.create({ name: nameOf('Industry'), description: 'Growing food', ...overrides }),
    jobRole: async (overrides = {}) =>
      await jobRoles.create({
        name: nameOf('JobRole'),
        description: 'Keeps data',
        seniorityLevel: 'mid',
        requiredSkills: overrides.requiredSkills ?? [(await factories.skill()).id],
        ...overrides,
      }),
    agent: async (overrides = {}) => {
      const skillId = overrides.skillId ?? (await factories.skill()).id
      return await agents.create({
        name: nameOf('Agent'),
        skillId,
        jobRoleId: overrides.jobRoleId ?? (await factories.jobRole({ requiredSkills: [skillId] })).id,
        industryId: overrides.industryId ?? (await factories.industry()).id,
        ...overrides,
      })
    },
    team: async (overrides = {}) => {
      const jobRoleId = overrides.jobRoleId ?? (await factories.jobRole()).id
      return await teams.create({
        name: nameOf('Team'),
        description: 'Works together',
        jobRoleId,
        agents: overrides.agents ?? [(await factories.agent({ jobRoleId })).id],
        ...overrides,
      })
    },
  }
  return factories
}
