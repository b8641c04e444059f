import { type HashChain, hashChain, type PostgresHandle } from 'backlot/postgres'

/** The audit trail as anybody can check it who knows what is hashed: one chain for each entity. */
export function auditChain(db: Pick<PostgresHandle, 'table'>): HashChain {
  return hashChain({
    table: db.table('audit_log'),
    order: 'sequence',
    hash: 'hash',
    previous: 'previous_hash',
    per: 'entity_id',
    payload: (link) =>
      [
        link.previous_hash ?? '',
        link.sequence,
        // Printed with its offset, which is 0: `2026-01-02 03:04:05.678+00`
        new Date(`${link.created_at}:00`).toISOString(),
        link.entity_id,
        link.table_name,
        link.action,
        link.agent_id ?? '',
        link.data,
      ].join('\n'),
  })
}
