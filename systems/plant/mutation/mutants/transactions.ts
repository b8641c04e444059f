import { type Mutant, mutant } from '../mutant.ts'

const session = 'src/connector/session.ts'
const repository = 'src/persistence/repository.ts'
const base = 'migrations/001_base_entity.up.sql'
const skills = 'migrations/002_skill_entity.up.sql'
const others = 'migrations/003_other_entities.up.sql'
const audit = 'migrations/005_row_level_security_and_audit.up.sql'

/** What the tests of transactions guard. */
export const transactions: readonly Mutant[] = [
  {
    suite: 'transactions',
    name: 'every statement is committed by itself',
    edits: [
      {
        file: session,
        find: '(run) => drizzle({ client: connection.client }).transaction(run, configOf(options)),',
        put: '(run) => run(drizzle({ client: connection.client })),',
      },
      { file: session, find: "?? ''}, true)", put: "?? ''}, false)" },
    ],
  },
  mutant(
    'transactions',
    'skills may have the same name',
    skills,
    '  constraint skill_entity_name_key unique (name),\n',
    '',
  ),
  mutant(
    'transactions',
    'a duplicate is no error of the caller',
    'src/connector/failures.ts',
    "  '23505': ['duplicate-entity', 'There is such an entity already.'],\n",
    '',
  ),
  mutant(
    'transactions',
    'no isolation level is asked for',
    session,
    '...(isolation === undefined ? {} : { isolationLevel: isolation }),',
    '',
  ),
  mutant(
    'transactions',
    'serializable is taken for repeatable read',
    session,
    '{ isolationLevel: isolation }',
    "{ isolationLevel: isolation.replace('serializable', 'repeatable read') }",
  ),
  mutant(
    'transactions',
    'the audit trail lets in one writer at a time',
    audit,
    "  new.created_at := date_trunc('milliseconds', clock_timestamp());\n",
    "  new.created_at := date_trunc('milliseconds', clock_timestamp());\n  perform pg_advisory_xact_lock(1);\n",
  ),
  mutant('transactions', 'an entity is amended without a lock', repository, "      .for('update')\n", ''),
  {
    suite: 'transactions',
    name: 'the table of an entity is changed before its base row',
    edits: [
      {
        file: repository,
        find: '      await writeAmendment(id, { type: changeType, data }, valid)\n',
        put: '',
      },
      {
        file: repository,
        find: 'if (names.some((name) => !commonFields.has(name))) await kind.update(db, id, valid)\n',
        put: 'if (names.some((name) => !commonFields.has(name))) await kind.update(db, id, valid)\n      await writeAmendment(id, { type: changeType, data }, valid)\n',
      },
      {
        file: base,
        find: 'if new is distinct from old and base.updated_at is distinct from now() then',
        put: 'if false then',
      },
    ],
  },
  mutant('transactions', 'a savepoint undoes nothing', session, '(run) => db.transaction(run),', '(run) => run(db),'),
  mutant(
    'transactions',
    'agents have skills that do not exist',
    others,
    '  constraint agent_entity_skill_id_fkey foreign key (skill_id) references skill_entity (id),\n',
    '',
  ),
  mutant(
    'transactions',
    'a skill stays when its base row goes',
    skills,
    'references base_entity (id) on delete cascade',
    'references base_entity (id)',
  ),
  mutant(
    'transactions',
    'the owner is above the policies',
    audit,
    'alter table base_entity force row level security;\n',
    '',
  ),
  mutant(
    'transactions',
    'whoever governs an entity may delete it',
    audit,
    'alter table base_entity force row level security;\n',
    'alter table base_entity force row level security;\ncreate policy base_entity_delete on base_entity for delete using (governance_agent_id = current_agent_id());\n',
  ),
]
