import type { Session } from '../connector/session.ts'
import { systemClock } from '../domain/clock.ts'
import { type AuditTrail, createAuditTrail } from './audit.ts'
import { kinds } from './kinds.ts'
import { createNearest, type Nearest } from './nearest.ts'
import { createRepository, type Repository, type RepositoryOptions } from './repository.ts'

/** Everything that Plant keeps, in one session. */
export interface Repositories {
  readonly skills: Repository<'Skill'> & Nearest<'Skill'>
  readonly jobRoles: Repository<'JobRole'>
  readonly teams: Repository<'Team'>
  readonly agents: Repository<'Agent'>
  readonly industries: Repository<'Industry'> & Nearest<'Industry'>
  readonly audit: AuditTrail
}

/** The repositories of a session. They are good as long as it runs. */
export function createRepositories(session: Session, options: Partial<RepositoryOptions> = {}): Repositories {
  const told = { clock: systemClock, ...options }
  return {
    skills: { ...createRepository(kinds.Skill, session, told), ...createNearest(kinds.Skill, session.db) },
    jobRoles: createRepository(kinds.JobRole, session, told),
    teams: createRepository(kinds.Team, session, told),
    agents: createRepository(kinds.Agent, session, told),
    industries: { ...createRepository(kinds.Industry, session, told), ...createNearest(kinds.Industry, session.db) },
    audit: createAuditTrail(session.db),
  }
}
