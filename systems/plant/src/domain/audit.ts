import { type ChainCheck, sha256 } from './hash-chain.ts'

/** A link of the audit trail as it is hashed: every value as text, null as ''. */
export interface AuditText {
  readonly previousHash: string
  readonly sequence: string
  /** ISO 8601 in UTC with milliseconds: `2026-01-02T03:04:05.678Z` */
  readonly createdAt: string
  readonly entityId: string
  readonly tableName: string
  readonly action: string
  readonly agentId: string
  /** As Postgres prints the `jsonb`: one way for each value, whoever asks. */
  readonly data: string
}

/** What is hashed of a link: as `audit_log_payload` in migration 005. */
export function auditPayload(link: AuditText): string {
  const { previousHash, sequence, createdAt, entityId, tableName, action, agentId, data } = link
  return [previousHash, sequence, createdAt, entityId, tableName, action, agentId, data].join('\n')
}

/** Checks the links of one entity in their order. None at all proves nothing, and fails. */
export function checkAuditChain(links: readonly (AuditText & { readonly hash: string })[]): ChainCheck {
  if (links.length === 0) return { intact: false, links: 0, brokenAt: null, reason: 'the chain is empty' }
  const brokenAt = links.findIndex(
    (link, place) => link.previousHash !== (links[place - 1]?.hash ?? '') || link.hash !== sha256(auditPayload(link)),
  )
  if (brokenAt === -1) return { intact: true, links: links.length, brokenAt: null, reason: '' }
  const linked = links[brokenAt]?.previousHash === (links[brokenAt - 1]?.hash ?? '')
  const reason = linked ? 'its content is not what was hashed' : 'it does not follow the link before it'
  return { intact: false, links: links.length, brokenAt, reason: `link ${brokenAt}: ${reason}` }
}
