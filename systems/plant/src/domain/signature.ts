import { constants, type KeyObject, sign, verify } from 'node:crypto'

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }

/** Signs a text with an RSA key: RSA-PSS, SHA-256, a salt as long as the hash. In base64. */
export function signText(text: string, key: KeyObject): string {
  return sign('sha256', Buffer.from(text), { key, ...pss }).toString('base64')
}

/** Whether a signature by {@link signText} is that of the text. */
export function isSignedBy(text: string, signature: string, key: KeyObject): boolean {
  return verify('sha256', Buffer.from(text), { key, ...pss }, Buffer.from(signature, 'base64'))
}
