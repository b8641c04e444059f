import { createRepositories, type Repositories, type SessionOptions } from '../../src/index.ts'
import { connect } from './connect.ts'
import { createFactories, type Factories } from './factories.ts'

/** What a session of a test works with. */
export interface Work extends Repositories {
  readonly make: Factories
}

/** Runs work in one transaction in the name of an agent, on a connection of its own: committed when it resolves. */
export async function inNameOf<T>(
  agentId: string,
  db: { readonly url: string },
  work: (given: Work) => Promise<T>,
  options: Omit<SessionOptions, 'agentId'> = {},
): Promise<T> {
  await using connector = connect(db, { size: 1, maxOverflow: 0 })
  return await connector.session({ ...options, agentId }, (session) => {
    const repositories = createRepositories(session)
    return work({ ...repositories, make: createFactories(repositories) })
  })
}
