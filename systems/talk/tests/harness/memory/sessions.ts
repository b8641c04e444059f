import { randomUUID } from 'node:crypto'
import type { OAuthSessionRepository, SessionRepository } from '../../../src/domain/repositories.ts'
import type { Tables } from './tables.ts'

/** Twin of the sessions in Postgres. */
export function createMemorySessionRepository({ sessions }: Tables): SessionRepository {
  return {
    create: async (session) => {
      const created = { ...session, id: randomUUID(), revokedAt: null }
      sessions.set(created.id, created)
      return created
    },
    find: async (id) => sessions.get(id) ?? null,
    revoke: async (id, at) => {
      const session = sessions.get(id)
      if (session && !session.revokedAt) sessions.set(id, { ...session, revokedAt: at })
    },
  }
}

/** Twin of the logins on their way in Postgres. */
export function createMemoryOAuthSessionRepository({ oauthSessions }: Tables): OAuthSessionRepository {
  return {
    save: async (session) => {
      if (oauthSessions.has(session.state)) throw new Error('this state is taken')
      oauthSessions.set(session.state, session)
    },
    take: async (provider, state, at) => {
      const session = oauthSessions.get(state)
      if (session?.provider !== provider) return null
      oauthSessions.delete(state)
      return session.expiresAt > at ? session : null
    },
    removeExpired: async (at) => {
      const due = [...oauthSessions.values()].filter((session) => session.expiresAt <= at)
      for (const { state } of due) oauthSessions.delete(state)
      return due.length
    },
  }
}
