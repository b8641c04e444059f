import type { KeyObject } from 'node:crypto'
import { canonicalJson, type JsonObject } from './canonical-json.ts'
import { type ChainCheck, checkChain, linkHash, sha256 } from './hash-chain.ts'
import { isSignedBy, signText } from './signature.ts'

/** One change of an entity, as it stands in `amendment_history`. */
export interface Amendment {
  /** ISO 8601 in UTC. */
  readonly timestamp: string
  /** `create`, `update`, `delete`, or what the caller names it. */
  readonly change_type: string
  readonly data: JsonObject
  /** SHA-256 of `data` as canonical JSON: the version that the entity has from here on. */
  readonly signature_hash: string
  /** RSA-PSS over time, type and data, in base64, where a key was at hand. */
  readonly signature?: string
}

/** What an entity was through. */
export interface History {
  readonly amendmentHistory: readonly Amendment[]
  /** One link for each amendment. */
  readonly hashChainSha256: readonly string[]
  /** `signature_hash` of the newest amendment. */
  readonly versionHash: string
}

/** A change to be written down. */
export interface Change {
  readonly type: string
  readonly data: JsonObject
  readonly at: Date
  /** Private RSA key to sign with. Default: the amendment is not signed. */
  readonly signingKey?: KeyObject | undefined
}

/** The history before the first change. */
export const noHistory: History = { amendmentHistory: [], hashChainSha256: [], versionHash: '' }

function signedText({ timestamp, change_type, data }: Pick<Amendment, 'timestamp' | 'change_type' | 'data'>): string {
  return canonicalJson({ timestamp, change_type, data })
}

function linkData(amendment: Amendment): string {
  return canonicalJson({ ...amendment })
}

/** A history with one change more: an amendment, its link, the new version. What was there is left as it is. */
export function amend(history: History, change: Change): History {
  const unsigned = { timestamp: change.at.toISOString(), change_type: change.type, data: change.data }
  const amendment: Amendment = {
    ...unsigned,
    signature_hash: sha256(canonicalJson(change.data)),
    ...(change.signingKey === undefined ? {} : { signature: signText(signedText(unsigned), change.signingKey) }),
  }
  return {
    amendmentHistory: [...history.amendmentHistory, amendment],
    hashChainSha256: [...history.hashChainSha256, linkHash(history.hashChainSha256.at(-1), linkData(amendment))],
    versionHash: amendment.signature_hash,
  }
}

/** Checks a history: each link, each amendment's own hash, and that the version is that of the newest. */
export function checkHistory({ amendmentHistory, hashChainSha256, versionHash }: History): ChainCheck {
  const chain = checkChain(hashChainSha256, amendmentHistory.map(linkData))
  if (!chain.intact) return chain
  const wrong = amendmentHistory.findIndex(({ data, signature_hash }) => signature_hash !== sha256(canonicalJson(data)))
  if (wrong !== -1) {
    return { ...chain, intact: false, brokenAt: wrong, reason: `amendment ${wrong} does not have the hash of its data` }
  }
  if (amendmentHistory.at(-1)?.signature_hash !== versionHash) {
    const reason = 'version_hash is not that of the newest amendment'
    return { ...chain, intact: false, brokenAt: chain.links - 1, reason }
  }
  return chain
}

/** Places, from 0, of the amendments that the key's owner did not sign, be it that they have no signature. */
export function unsignedAmendments({ amendmentHistory }: History, publicKey: KeyObject): readonly number[] {
  return amendmentHistory.flatMap((amendment, place) => {
    const { signature } = amendment
    return signature !== undefined && isSignedBy(signedText(amendment), signature, publicKey) ? [] : [place]
  })
}
