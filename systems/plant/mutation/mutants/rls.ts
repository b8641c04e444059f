import { type Mutant, mutant } from '../mutant.ts'

const base = 'migrations/001_base_entity.up.sql'
const skill = 'migrations/002_skill_entity.up.sql'
const others = 'migrations/003_other_entities.up.sql'
const security = 'migrations/005_row_level_security_and_audit.up.sql'

/** What the tests of row-level security and of the constraints guard. */
export const rls: readonly Mutant[] = [
  mutant(
    'rls',
    'the owner of teams is bound by no policy',
    security,
    'alter table team_entity force row level security;',
    '',
  ),
  mutant(
    'rls',
    'every agent sees every entity',
    security,
    "using (governance_agent_id = current_agent_id() or status = 'active');",
    'using (true);',
  ),
  mutant(
    'rls',
    'nobody may add an entity',
    security,
    'create policy base_entity_insert on base_entity for insert\n  with check (governance_agent_id = current_agent_id());',
    'create policy base_entity_insert on base_entity for insert\n  with check (false);',
  ),
  mutant(
    'rls',
    'the hash chain may be rewritten',
    base,
    'if new.hash_chain_sha256[1:links] is distinct',
    'if null is distinct',
  ),
  mutant('rls', 'a skill needs no name', skill, 'name varchar(255) not null', 'name varchar(255)'),
  mutant(
    'rls',
    'two entities have one external id',
    base,
    '  constraint base_entity_external_id_key unique (external_id),\n',
    '',
  ),
  mutant(
    'rls',
    'skills have no primary key',
    skill,
    'constraint skill_entity_pkey primary key (id)',
    'constraint skill_entity_id_key unique (id)',
  ),
  mutant(
    'rls',
    'the skill of an agent need not exist',
    others,
    '  constraint agent_entity_skill_id_fkey foreign key (skill_id) references skill_entity (id),\n',
    '',
  ),
  mutant(
    'rls',
    'entities may be pending',
    base,
    "check (status in ('active',",
    "check (status in ('pending', 'active',",
  ),
  mutant(
    'rls',
    'a duplicate is told as something invalid',
    'src/connector/failures.ts',
    "'23505': ['duplicate-entity',",
    "'23505': ['validation',",
  ),
]
