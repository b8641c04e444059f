import { type Mutant, mutant } from '../mutant.ts'

const base = 'migrations/001_base_entity.up.sql'
const others = 'migrations/003_other_entities.up.sql'
const embeddings = 'migrations/004_embeddings.up.sql'

/** What the tests of the migrations guard. */
export const migrations: readonly Mutant[] = [
  mutant('migrations', 'entities belong to somebody else by default', base, "default 'genesis'", "default 'nobody'"),
  mutant('migrations', 'a version is optional', base, 'version_hash varchar(64) not null', 'version_hash varchar(64)'),
  mutant(
    'migrations',
    'an entity may be of another type than its table',
    base,
    'if base.entity_type <> tg_argv[0] then',
    'if false then',
  ),
  {
    suite: 'migrations',
    name: 'embeddings of industries have three dimensions',
    edits: [
      {
        file: embeddings,
        find: 'alter table industry_entity add column if not exists embedding_384 vector(384);',
        put: 'alter table industry_entity add column if not exists embedding_384 vector(3);',
      },
      {
        file: embeddings,
        find: "format_type(atttypid, atttypmod) <> 'vector(384)'",
        put: "format_type(atttypid, atttypmod) not in ('vector(384)', 'vector(3)')",
      },
    ],
  },
  mutant(
    'migrations',
    'entities have no index by status',
    base,
    'create index if not exists base_entity_status_idx on base_entity (status);',
    '',
  ),
  mutant(
    'migrations',
    'teams have no primary key',
    others,
    'constraint team_entity_pkey primary key (id)',
    'constraint team_entity_pkey unique (id)',
  ),
  mutant(
    'migrations',
    'teams refer to no industry',
    others,
    '  constraint team_entity_industry_id_fkey foreign key (industry_id) references industry_entity (id),\n',
    '',
  ),
  mutant(
    'migrations',
    'an industry stays without its base',
    others,
    'constraint industry_entity_id_fkey foreign key (id) references base_entity (id) on delete cascade',
    'constraint industry_entity_id_fkey foreign key (id) references base_entity (id)',
  ),
  mutant(
    'migrations',
    'the first migration runs once',
    base,
    'create index if not exists base_entity_entity_type_idx',
    'create index base_entity_entity_type_idx',
  ),
  mutant(
    'migrations',
    'there is a seventh table',
    others,
    'create table if not exists industry_entity (',
    'create table if not exists project_entity (id uuid primary key);\ncreate table if not exists industry_entity (',
  ),
  mutant(
    'migrations',
    'a migration loses rows',
    embeddings,
    'create index if not exists skill_entity_embedding_384_idx',
    'delete from agent_entity;\ncreate index if not exists skill_entity_embedding_384_idx',
  ),
]
