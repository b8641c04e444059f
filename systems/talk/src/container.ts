import { randomBytes } from 'node:crypto'
import { type AwilixContainer, asFunction, asValue, createContainer, type NameAndRegistrationPair } from 'awilix'
import { createInviteService, type InviteService } from './application/invites.ts'
import { createLoginService, type LoginService } from './application/login.ts'
import { createSessionService, type SessionService } from './application/sessions.ts'
import type { Settings } from './config/settings.ts'
import type { Clock } from './domain/models.ts'
import type {
  IdentityRepository,
  InviteRepository,
  OAuthSessionRepository,
  Persistence,
  SessionRepository,
  UserRepository,
} from './domain/repositories.ts'
import type { Provider } from './domain/values.ts'
import { createBlueskyClient } from './oauth/bluesky.ts'
import type { OAuthClient } from './oauth/client.ts'
import { createTwitterClient } from './oauth/twitter.ts'
import { createPostgresPersistence } from './persistence/postgres.ts'

/** Everything that the container holds, by name. Clients live as long as the process, the rest as long as a request. */
export interface Cradle {
  readonly settings: Settings
  readonly clock: Clock
  readonly jwtKey: Uint8Array
  readonly persistence: Persistence
  readonly blueskyClient: OAuthClient
  /** Null: Twitter is not set up. */
  readonly twitterClient: OAuthClient | null
  readonly oauthClients: ReadonlyMap<Provider, OAuthClient>
  readonly users: UserRepository
  readonly identities: IdentityRepository
  readonly invites: InviteRepository
  readonly sessions: SessionRepository
  readonly oauthSessions: OAuthSessionRepository
  readonly loginService: LoginService
  readonly inviteService: InviteService
  readonly sessionService: SessionService
}

/** talk's container: the root, or one request's scope of it. */
export type Container = AwilixContainer<Cradle>

/** Some of the container's contents, to put in the place of others. */
export type Registrations = NameAndRegistrationPair<Cradle>

/** What can be real or stand-in, each a set of registrations. */
export type Layer = 'persistence' | 'bluesky' | 'twitter'

/** The real thing for each {@link Layer}. */
export const realLayers: Readonly<Record<Layer, () => Registrations>> = {
  persistence: () => ({
    persistence: asFunction(({ settings }: Cradle) => createPostgresPersistence({ url: settings.databaseUrl }))
      .singleton()
      .disposer((persistence) => persistence.close()),
  }),
  bluesky: () => ({
    blueskyClient: asFunction(({ settings }: Cradle) =>
      createBlueskyClient({
        publicUrl: settings.publicUrl,
        pdsUrl: settings.atproto.pdsUrl,
        plcUrl: settings.atproto.plcUrl,
        allowHttp: settings.environment !== 'production',
      }),
    ).singleton(),
  }),
  twitter: () => ({
    twitterClient: asFunction(({ settings }: Cradle) =>
      settings.twitter
        ? createTwitterClient({
            publicUrl: settings.publicUrl,
            clientId: settings.twitter.clientId,
            clientSecret: settings.twitter.clientSecret,
            ...(settings.twitter.apiUrl ? { apiUrl: settings.twitter.apiUrl } : {}),
          })
        : null,
    ).singleton(),
  }),
}

/**
 * Builds the root container, everything in it real. Make a scope of it for each request; dispose of it at the end.
 *
 * @param replacements put in the place of the real registrations
 */
export function buildContainer(settings: Settings, replacements: Registrations = {}): Container {
  const container: Container = createContainer<Cradle>({ strict: true })
  return container.register({
    settings: asValue(settings),
    clock: asValue<Clock>({ now: () => new Date() }),
    jwtKey: asValue(settings.jwtSecret ? new TextEncoder().encode(settings.jwtSecret) : randomBytes(32)),
    ...realLayers.persistence(),
    ...realLayers.bluesky(),
    ...realLayers.twitter(),
    oauthClients: asFunction(({ blueskyClient, twitterClient }: Cradle) => {
      const clients = twitterClient ? [blueskyClient, twitterClient] : [blueskyClient]
      return new Map(clients.map((client) => [client.provider, client]))
    }).singleton(),
    users: asFunction(({ persistence }: Cradle) => persistence.repositories.users).scoped(),
    identities: asFunction(({ persistence }: Cradle) => persistence.repositories.identities).scoped(),
    invites: asFunction(({ persistence }: Cradle) => persistence.repositories.invites).scoped(),
    sessions: asFunction(({ persistence }: Cradle) => persistence.repositories.sessions).scoped(),
    oauthSessions: asFunction(({ persistence }: Cradle) => persistence.repositories.oauthSessions).scoped(),
    loginService: asFunction(({ persistence, oauthSessions, oauthClients, clock, settings: { sessionDays } }: Cradle) =>
      createLoginService({ persistence, oauthSessions, oauthClients, clock, sessionDays }),
    ).scoped(),
    inviteService: asFunction(({ persistence, invites, clock, settings: { invites: rules } }: Cradle) =>
      createInviteService({ persistence, invites, clock, rules }),
    ).scoped(),
    sessionService: asFunction(({ sessions, users, clock, jwtKey }: Cradle) =>
      createSessionService({ sessions, users, clock, jwtKey }),
    ).scoped(),
    ...replacements,
  })
}
