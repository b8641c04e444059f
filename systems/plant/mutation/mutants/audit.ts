import { type Mutant, mutant } from '../mutant.ts'

const base = 'migrations/001_base_entity.up.sql'
const trail = 'migrations/005_row_level_security_and_audit.up.sql'
const check = 'src/domain/audit.ts'

/** What the tests of the audit trail guard. */
export const audit: readonly Mutant[] = [
  mutant('audit', 'a link needs no hash', trail, '  hash varchar(64) not null,\n', '  hash varchar(64),\n'),
  mutant(
    'audit',
    'the trail does not say that an agent was deleted',
    trail,
    'after insert or update or delete on agent_entity',
    'after insert or update on agent_entity',
  ),
  mutant(
    'audit',
    'the trail does not say who',
    trail,
    'lower(tg_op), current_agent_id(), data);',
    'lower(tg_op), null, data);',
  ),
  mutant(
    'audit',
    'the trail keeps whole embeddings',
    trail,
    "when key = 'embedding_384' and value <> 'null'",
    'when false',
  ),
  mutant('audit', 'an entity can be made older', base, "'created_at', 'append_only'", "'append_only'"),
  mutant(
    'audit',
    'the trail can be backdated',
    trail,
    "new.created_at := date_trunc('milliseconds', clock_timestamp());",
    "new.created_at := coalesce(new.created_at, date_trunc('milliseconds', clock_timestamp()));",
  ),
  mutant(
    'audit',
    'the trail keeps all of a row at each change',
    trail,
    'where before is null or value is distinct from before -> key',
    'where true',
  ),
  mutant(
    'audit',
    'an entity keeps its first version',
    'src/domain/amendments.ts',
    'versionHash: amendment.signature_hash,',
    'versionHash: history.versionHash || amendment.signature_hash,',
  ),
  mutant(
    'audit',
    'links have an MD5',
    trail,
    "new.hash := encode(sha256(convert_to(audit_log_payload(new), 'UTF8')), 'hex');",
    'new.hash := md5(audit_log_payload(new));',
  ),
  mutant(
    'audit',
    'the hashes of an entity are not linked',
    'src/domain/hash-chain.ts',
    "sha256((previous ?? '') + data)",
    'sha256(data)',
  ),
  mutant('audit', 'who did it is not hashed', trail, "    coalesce(link.agent_id, ''),\n", ''),
  mutant(
    'audit',
    'the trail can be emptied',
    trail,
    'before update or delete or truncate on audit_log',
    'before update or delete on audit_log',
  ),
  mutant(
    'audit',
    'an empty history cannot be appended to',
    base,
    'is distinct from old.hash_chain_sha256 then',
    "is distinct from nullif(old.hash_chain_sha256, '{}') then",
  ),
  mutant('audit', 'anybody may add links', trail, 'alter table audit_log enable row level security;\n', ''),
  mutant(
    'audit',
    'the trail has no index by time',
    trail,
    'create index if not exists audit_log_created_at_idx on audit_log (created_at);\n',
    '',
  ),
  mutant(
    'audit',
    'the trail goes with its entity',
    trail,
    '  constraint audit_log_pkey primary key (sequence),\n',
    `  constraint audit_log_pkey primary key (sequence),
  constraint audit_log_entity_id_fkey foreign key (entity_id) references base_entity (id)
    on delete cascade deferrable initially deferred,\n`,
  ),
  mutant(
    'audit',
    'the check does not hash what a link says',
    check,
    ' || link.hash !== sha256(auditPayload(link))',
    '',
  ),
  mutant(
    'audit',
    'the check does not look at the link before',
    check,
    "link.previousHash !== (links[place - 1]?.hash ?? '') || ",
    '',
  ),
  mutant(
    'audit',
    'the newest entries come first',
    'src/persistence/audit.ts',
    '.where(eq(auditLog.entityId, entityId)).orderBy(asc(auditLog.sequence)),',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    '.where(eq(auditLog.entityId, entityId)).orderBy(sql`${auditLog.sequence} desc`),',
  ),
  mutant('audit', 'entries have the time of their transaction', trail, 'clock_timestamp()', 'now()'),
]
