import {
  type Connector,
  createRepositories,
  type Repositories,
  type Session,
  type SessionOptions,
} from '../../src/index.ts'
import { connect } from './connect.ts'
import { createFactories, type Factories } from './factories.ts'

/** What a session of a test works with. */
export interface Work extends Repositories {
  readonly make: Factories
  readonly session: Session
}

/** The connector of this file, to the database that it was last asked for: a new connection costs ten times a warm one. */
let kept: { readonly url: string; readonly connector: Connector } | undefined

async function connectorTo(db: { readonly url: string }): Promise<Connector> {
  if (kept?.url === db.url) return kept.connector
  await closeConnector()
  kept = { url: db.url, connector: connect(db, { size: 2, maxOverflow: 2 }) }
  return kept.connector
}

/** Runs work in one transaction in the name of an agent: committed when it resolves. */
export async function inNameOf<T>(
  agentId: string,
  db: { readonly url: string },
  work: (given: Work) => Promise<T>,
  options: Omit<SessionOptions, 'agentId'> = {},
): Promise<T> {
  const connector = await connectorTo(db)
  return await connector.session({ ...options, agentId }, (session) => {
    const repositories = createRepositories(session)
    return work({ ...repositories, make: createFactories(repositories), session })
  })
}

/** Closes what {@link inNameOf} has opened: for `afterAll` of a file that uses it. */
export async function closeConnector(): Promise<void> {
  const { connector } = kept ?? {}
  kept = undefined
  await connector?.close()
}
