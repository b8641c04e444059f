import { createHash, randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'

/** Checks the proofs that come with requests, and hands out the nonces that must be in them. */
export interface DpopGuard {
  /**
   * Checks the request's proof. Sets `DPoP-Nonce` on the answer in any case.
   *
   * @param accessToken that the proof has to name, for resources
   * @returns thumbprint of the key, or the name of the OAuth error
   */
  check(context: Context, url: string, accessToken?: string): Promise<{ thumbprint: string } | { error: string }>
  /** From now on another nonce is wanted. */
  rotateNonce(): void
}

/** @see https://www.rfc-editor.org/rfc/rfc9449.html#section-4.3 */
export function createDpopGuard(): DpopGuard {
  let nonce = randomBytes(12).toString('base64url')
  const seen = new Set<string>()

  return {
    check: async (context, url, accessToken) => {
      context.header('DPoP-Nonce', nonce)
      const proof = context.req.header('dpop')
      if (!proof) return { error: 'invalid_dpop_proof' }
      try {
        const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
          typ: 'dpop+jwt',
          algorithms: ['ES256'],
          maxTokenAge: '60 s',
          requiredClaims: ['jti', 'htm', 'htu', 'iat'],
        })
        if (!protectedHeader.jwk || 'd' in protectedHeader.jwk) return { error: 'invalid_dpop_proof' }
        if (payload.htm !== context.req.method || payload.htu !== url) return { error: 'invalid_dpop_proof' }
        if (payload.nonce !== nonce) return { error: 'use_dpop_nonce' }
        if (accessToken !== undefined && payload.ath !== sha256(accessToken)) return { error: 'invalid_dpop_proof' }
        if (!payload.jti || seen.has(payload.jti)) return { error: 'invalid_dpop_proof' }
        seen.add(payload.jti)
        return { thumbprint: await calculateJwkThumbprint(protectedHeader.jwk) }
      } catch {
        return { error: 'invalid_dpop_proof' }
      }
    },
    rotateNonce: () => {
      nonce = randomBytes(12).toString('base64url')
    },
  }
}

/** SHA-256 as PKCE and DPoP write it: base64url without padding. */
export function sha256(value: string): string {
  return createHash('sha256').update(value).digest('base64url')
}
