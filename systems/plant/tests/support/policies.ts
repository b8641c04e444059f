import { randomUUID } from 'node:crypto'
import { type AccessMatrix, accessMatrix, type PostgresHandle } from 'backlot/postgres'

/** Settings of a session in the name of an agent. */
export function agent(agentId: string): { readonly claims: Readonly<Record<string, string>> } {
  return { claims: { 'app.current_agent_id': agentId } }
}

/** Who tries: an agent, a session that has named none, and the owner of the tables as the same agent. */
const roles = {
  genesis: { as: 'app', ...agent('genesis') },
  nobody: { as: 'app' },
  owner: { as: 'owner', ...agent('genesis') },
} as const

type Role = keyof typeof roles
const write = ['select', 'insert', 'update'] as const

/** What is to be granted on entities that are not active, and on active ones. */
export const granted = {
  inactive: { genesis: { own: write }, owner: { own: write } },
  active: {
    genesis: { own: write, foreign: ['select'] },
    nobody: { own: ['select'], foreign: ['select'] },
    owner: { own: write, foreign: ['select'] },
  },
} as const

/** What can be done with base rows of one status: an own one, and one of another agent. */
export function baseAccess(
  { table }: Pick<PostgresHandle, 'table'>,
  status: keyof typeof granted,
): Promise<AccessMatrix<Role>> {
  const base = (governor: string) => ({
    id: randomUUID(),
    entity_type: 'Skill',
    version_hash: 'v1',
    governance_agent_id: governor,
    status,
  })
  return accessMatrix(table('base_entity'), {
    roles,
    own: base('genesis'),
    foreign: base('other'),
    update: { governance_notes: null },
  })
}

/** The same with rows of a child table that are there. */
export function childAccess(
  db: Pick<PostgresHandle, 'table'>,
  name: string,
  rows: { readonly own: object; readonly foreign: object },
): Promise<AccessMatrix<Role>> {
  return accessMatrix(db.table(name), { roles, ...rows })
}
