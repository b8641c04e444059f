import { jwtVerify, SignJWT } from 'jose'
import { TalkError } from '../domain/errors.ts'
import type { Clock, Session, User } from '../domain/models.ts'
import type { SessionRepository, UserRepository } from '../domain/repositories.ts'

/** Who is signed in. */
export interface SignedIn {
  readonly user: User
  readonly session: Session
}

/** Turns sessions to tokens and back. */
export interface SessionService {
  /** A signed token for a session, good until the session ends. */
  issue(session: Session): Promise<string>
  /** @throws TalkError `not-signed-in` for a token that is missing, forged, expired or logged out */
  authenticate(token: string | null): Promise<SignedIn>
  /** Ends the session behind a token; nothing happens when it is over already. */
  logout(token: string | null): Promise<void>
}

/** What {@link createSessionService} needs. */
export interface SessionDependencies {
  readonly sessions: SessionRepository
  readonly users: UserRepository
  readonly clock: Clock
  /** Key of the signatures (HS256): at least 32 bytes. */
  readonly jwtKey: Uint8Array
}

const algorithm = 'HS256'
const issuer = 'talk'

/** Makes the {@link SessionService}. */
export function createSessionService({ sessions, users, clock, jwtKey }: SessionDependencies): SessionService {
  async function read(token: string | null): Promise<SignedIn | null> {
    if (!token) return null
    const at = clock.now()
    try {
      const { payload } = await jwtVerify(token, jwtKey, {
        algorithms: [algorithm],
        issuer,
        currentDate: at,
        requiredClaims: ['jti', 'sub', 'exp'],
      })
      const session = payload.jti && isUuid(payload.jti) ? await sessions.find(payload.jti) : null
      if (!session || session.revokedAt || session.expiresAt <= at || session.userId !== payload.sub) return null
      const user = await users.find(session.userId)
      return user ? { user, session } : null
    } catch (error) {
      if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_J')) return null
      throw error
    }
  }

  return {
    issue: async (session) =>
      await new SignJWT()
        .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
        .setIssuer(issuer)
        .setSubject(session.userId)
        .setJti(session.id)
        .setIssuedAt(session.createdAt)
        .setExpirationTime(session.expiresAt)
        .sign(jwtKey),
    authenticate: async (token) => {
      const signedIn = await read(token)
      if (!signedIn) throw new TalkError('not-signed-in', 'Sign in first.')
      return signedIn
    },
    logout: async (token) => {
      const signedIn = await read(token)
      if (signedIn) await sessions.revoke(signedIn.session.id, clock.now())
    },
  }
}

function isUuid(value: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(value)
}
