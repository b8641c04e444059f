-- Extensions, the table that every entity has a row in, and the triggers that keep its history as it was written.
-- Where a role may not create extensions, they are there already, and these two lines do nothing.
create extension if not exists vector;
create extension if not exists "uuid-ossp";

create table if not exists base_entity (
  id uuid not null default uuid_generate_v4(),
  entity_type varchar(50) not null,
  external_id varchar(255),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  status varchar(20) not null default 'active',
  version_hash varchar(64) not null,
  amendment_history jsonb not null default '[]',
  evolution_markers jsonb not null default '{}',
  l0_compliance_status jsonb not null default '{}',
  amendment_alignment varchar(20) not null default 'aligned',
  drift_detector jsonb not null default '{}',
  append_only boolean not null default true,
  hash_chain_sha256 text[] not null default '{}',
  tamper_proof boolean not null default true,
  tags text[] not null default '{}',
  custom_attributes jsonb not null default '{}',
  governance_notes text,
  parent_id uuid,
  child_ids uuid[] not null default '{}',
  governance_agent_id varchar(100) not null default 'genesis',
  constraint base_entity_pkey primary key (id),
  constraint base_entity_external_id_key unique (external_id),
  constraint base_entity_parent_id_fkey foreign key (parent_id) references base_entity (id),
  constraint base_entity_entity_type_check check (entity_type in ('Skill', 'JobRole', 'Team', 'Agent', 'Industry')),
  constraint base_entity_status_check check (status in ('active', 'inactive', 'archived', 'deleted')),
  constraint base_entity_amendment_alignment_check check (amendment_alignment in ('aligned', 'drifting', 'misaligned')),
  constraint base_entity_amendment_history_check check (jsonb_typeof(amendment_history) = 'array'),
  constraint base_entity_hash_chain_sha256_check check (array_position(hash_chain_sha256, null) is null)
);

create index if not exists base_entity_entity_type_idx on base_entity (entity_type);
create index if not exists base_entity_created_at_idx on base_entity (created_at);
create index if not exists base_entity_status_idx on base_entity (status);
create index if not exists base_entity_governance_agent_id_idx on base_entity (governance_agent_id);

-- PL001: a change of what was written once.
create or replace function base_entity_keep_history() returns trigger language plpgsql as $$
declare
  fixed constant text[] :=
    array['id', 'entity_type', 'created_at', 'append_only', 'tamper_proof', 'governance_agent_id'];
  once constant text[] := array['external_id', 'deleted_at'];
  before constant jsonb := to_jsonb(old) - 'updated_at';
  after constant jsonb := to_jsonb(new) - 'updated_at';
  links constant integer := cardinality(old.hash_chain_sha256);
  changed text;
begin
  if before = after then
    new.updated_at := old.updated_at;
    return new;
  end if;
  select name into changed from unnest(fixed || once) as name
  where before -> name is distinct from after -> name and (name = any (fixed) or before -> name <> 'null');
  if changed is not null then
    raise exception 'base_entity is append-only: % is fixed', changed using errcode = 'PL001', column = changed;
  end if;
  -- A slice up to 0 is empty: so an empty history can be appended to.
  if new.hash_chain_sha256[1:links] is distinct from old.hash_chain_sha256 then
    raise exception 'base_entity is append-only: hash_chain_sha256 may only be appended to'
      using errcode = 'PL001', column = 'hash_chain_sha256';
  end if;
  -- Past its end an array has SQL's null, which differs from every element.
  if exists (
    select from jsonb_array_elements(old.amendment_history) with ordinality as kept (amendment, place)
    where new.amendment_history -> (place::integer - 1) is distinct from amendment
  ) then
    raise exception 'base_entity is append-only: amendment_history may only be appended to'
      using errcode = 'PL001', column = 'amendment_history';
  end if;
  if cardinality(new.hash_chain_sha256) = links then
    raise exception 'base_entity is append-only: a change needs a further link in hash_chain_sha256'
      using errcode = 'PL001', column = 'hash_chain_sha256';
  end if;
  new.updated_at := now();
  return new;
end
$$;

create or replace trigger base_entity_keep_history before update on base_entity
  for each row execute function base_entity_keep_history();

-- The part of an entity in a table of its own: it fits the type in base_entity, and changes only in a transaction that has
-- amended base_entity, which then has that transaction's time. PL002: the types differ.
create or replace function entity_keep_history() returns trigger language plpgsql as $$
declare
  base record;
begin
  select entity_type, updated_at into base from base_entity where id = new.id;
  if tg_op = 'INSERT' then
    if base.entity_type <> tg_argv[0] then
      raise exception '% holds entities of type %, and % is of type %', tg_table_name, tg_argv[0], new.id, base.entity_type
        using errcode = 'PL002';
    end if;
    return new;
  end if;
  if new.id <> old.id then
    raise exception '% is append-only: id is fixed', tg_table_name using errcode = 'PL001', column = 'id';
  end if;
  if new is distinct from old and base.updated_at is distinct from now() then
    raise exception '% is append-only: amend base_entity in the same transaction first', tg_table_name
      using errcode = 'PL001';
  end if;
  return new;
end
$$;

create or replace function refuse_truncate() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: truncate is refused', tg_table_name using errcode = 'PL001';
end
$$;

create or replace trigger base_entity_refuse_truncate before truncate on base_entity
  for each statement execute function refuse_truncate();
