import { createRepositories, type Repositories, type Session, type SessionOptions } from '../../src/index.ts'
import { keepConnector } from './connect.ts'
import { createFactories, type Factories } from './factories.ts'

/** What a session of a test works with. */
export interface Work extends Repositories {
  readonly make: Factories
  readonly session: Session
}

const kept = keepConnector({ size: 2, maxOverflow: 2 })

/** Runs work in one transaction in the name of an agent: committed when it resolves. */
export async function inNameOf<T>(
  agentId: string,
  db: { readonly url: string },
  work: (given: Work) => Promise<T>,
  options: Omit<SessionOptions, 'agentId'> = {},
): Promise<T> {
  const connector = await kept.to(db)
  return await connector.session({ ...options, agentId }, (session) => {
    const repositories = createRepositories(session)
    return work({ ...repositories, make: createFactories(repositories), session })
  })
}

/** Closes what {@link inNameOf} has opened: for `afterAll` of a file that uses it. */
export const closeConnector: () => Promise<void> = kept.close
