-- Row-level security on all six tables, for their owner too, and the audit trail.
-- An entity is seen by the agent that governs it, and by all while it is active; it is written by that agent alone. There is no
-- policy for delete: no role that is subject to these deletes anything.
create or replace function current_agent_id() returns text language sql stable
  return nullif(current_setting('app.current_agent_id', true), '');

alter table base_entity enable row level security;
alter table base_entity force row level security;
drop policy if exists base_entity_select on base_entity;
create policy base_entity_select on base_entity for select
  using (governance_agent_id = current_agent_id() or status = 'active');
drop policy if exists base_entity_insert on base_entity;
create policy base_entity_insert on base_entity for insert
  with check (governance_agent_id = current_agent_id());
drop policy if exists base_entity_update on base_entity;
create policy base_entity_update on base_entity for update
  using (governance_agent_id = current_agent_id())
  with check (governance_agent_id = current_agent_id());

alter table skill_entity enable row level security;
alter table skill_entity force row level security;
drop policy if exists skill_entity_select on skill_entity;
create policy skill_entity_select on skill_entity for select using (exists (
  select from base_entity as base
  where base.id = skill_entity.id and (base.governance_agent_id = current_agent_id() or base.status = 'active')
));
drop policy if exists skill_entity_insert on skill_entity;
create policy skill_entity_insert on skill_entity for insert with check (exists (
  select from base_entity as base where base.id = skill_entity.id and base.governance_agent_id = current_agent_id()
));
drop policy if exists skill_entity_update on skill_entity;
create policy skill_entity_update on skill_entity for update using (exists (
  select from base_entity as base where base.id = skill_entity.id and base.governance_agent_id = current_agent_id()
)) with check (exists (
  select from base_entity as base where base.id = skill_entity.id and base.governance_agent_id = current_agent_id()
));

alter table job_role_entity enable row level security;
alter table job_role_entity force row level security;
drop policy if exists job_role_entity_select on job_role_entity;
create policy job_role_entity_select on job_role_entity for select using (exists (
  select from base_entity as base
  where base.id = job_role_entity.id and (base.governance_agent_id = current_agent_id() or base.status = 'active')
));
drop policy if exists job_role_entity_insert on job_role_entity;
create policy job_role_entity_insert on job_role_entity for insert with check (exists (
  select from base_entity as base where base.id = job_role_entity.id and base.governance_agent_id = current_agent_id()
));
drop policy if exists job_role_entity_update on job_role_entity;
create policy job_role_entity_update on job_role_entity for update using (exists (
  select from base_entity as base where base.id = job_role_entity.id and base.governance_agent_id = current_agent_id()
)) with check (exists (
  select from base_entity as base where base.id = job_role_entity.id and base.governance_agent_id = current_agent_id()
));

alter table team_entity enable row level security;
alter table team_entity force row level security;
drop policy if exists team_entity_select on team_entity;
create policy team_entity_select on team_entity for select using (exists (
  select from base_entity as base
  where base.id = team_entity.id and (base.governance_agent_id = current_agent_id() or base.status = 'active')
));
drop policy if exists team_entity_insert on team_entity;
create policy team_entity_insert on team_entity for insert with check (exists (
  select from base_entity as base where base.id = team_entity.id and base.governance_agent_id = current_agent_id()
));
drop policy if exists team_entity_update on team_entity;
create policy team_entity_update on team_entity for update using (exists (
  select from base_entity as base where base.id = team_entity.id and base.governance_agent_id = current_agent_id()
)) with check (exists (
  select from base_entity as base where base.id = team_entity.id and base.governance_agent_id = current_agent_id()
));

alter table agent_entity enable row level security;
alter table agent_entity force row level security;
drop policy if exists agent_entity_select on agent_entity;
create policy agent_entity_select on agent_entity for select using (exists (
  select from base_entity as base
  where base.id = agent_entity.id and (base.governance_agent_id = current_agent_id() or base.status = 'active')
));
drop policy if exists agent_entity_insert on agent_entity;
create policy agent_entity_insert on agent_entity for insert with check (exists (
  select from base_entity as base where base.id = agent_entity.id and base.governance_agent_id = current_agent_id()
));
drop policy if exists agent_entity_update on agent_entity;
create policy agent_entity_update on agent_entity for update using (exists (
  select from base_entity as base where base.id = agent_entity.id and base.governance_agent_id = current_agent_id()
)) with check (exists (
  select from base_entity as base where base.id = agent_entity.id and base.governance_agent_id = current_agent_id()
));

alter table industry_entity enable row level security;
alter table industry_entity force row level security;
drop policy if exists industry_entity_select on industry_entity;
create policy industry_entity_select on industry_entity for select using (exists (
  select from base_entity as base
  where base.id = industry_entity.id and (base.governance_agent_id = current_agent_id() or base.status = 'active')
));
drop policy if exists industry_entity_insert on industry_entity;
create policy industry_entity_insert on industry_entity for insert with check (exists (
  select from base_entity as base where base.id = industry_entity.id and base.governance_agent_id = current_agent_id()
));
drop policy if exists industry_entity_update on industry_entity;
create policy industry_entity_update on industry_entity for update using (exists (
  select from base_entity as base where base.id = industry_entity.id and base.governance_agent_id = current_agent_id()
)) with check (exists (
  select from base_entity as base where base.id = industry_entity.id and base.governance_agent_id = current_agent_id()
));

-- One link for each row that was written, chained for each entity: writers of different entities never wait for each other.
create table if not exists audit_log (
  sequence bigint generated always as identity,
  created_at timestamptz not null,
  entity_id uuid not null,
  table_name varchar(63) not null,
  action varchar(10) not null,
  agent_id text,
  data jsonb not null,
  previous_hash varchar(64),
  hash varchar(64) not null,
  constraint audit_log_pkey primary key (sequence),
  constraint audit_log_action_check check (action in ('insert', 'update', 'delete')),
  constraint audit_log_hash_key unique (hash),
  -- A chain has one first link, and no link has two that follow it.
  constraint audit_log_previous_hash_key unique nulls not distinct (entity_id, previous_hash)
);

create index if not exists audit_log_created_at_idx on audit_log (created_at);
create index if not exists audit_log_entity_id_idx on audit_log (entity_id, sequence);

-- What is hashed of a link: a line for each column, the previous hash first. The agent alone may contain a line break, and the
-- lines before and after it are known, so that no two links read the same.
create or replace function audit_log_payload(link audit_log) returns text language sql stable
  return concat_ws(
    e'\n',
    coalesce(link.previous_hash, ''),
    link.sequence,
    to_char(link.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    link.entity_id,
    link.table_name,
    link.action,
    coalesce(link.agent_id, ''),
    link.data::text
  );

create or replace function audit_log_link() returns trigger language plpgsql as $$
begin
  new.created_at := date_trunc('milliseconds', clock_timestamp());
  new.previous_hash := (
    select hash from audit_log where entity_id = new.entity_id order by sequence desc limit 1
  );
  new.hash := encode(sha256(convert_to(audit_log_payload(new), 'UTF8')), 'hex');
  return new;
end
$$;

create or replace trigger audit_log_link before insert on audit_log
  for each row execute function audit_log_link();

create or replace function audit_log_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'audit_log is append-only: % is refused', lower(tg_op) using errcode = 'PL001';
end
$$;

-- For each statement: one that finds no row is refused as well.
create or replace trigger audit_log_refuse before update or delete or truncate on audit_log
  for each statement execute function audit_log_refuse();

-- Links are written by the triggers below, as the owner. Others read those of the entities that they see.
alter table audit_log enable row level security;
drop policy if exists audit_log_select on audit_log;
create policy audit_log_select on audit_log for select
  using (exists (select from base_entity as base where base.id = audit_log.entity_id));

-- What a row became: all of it when it is new, and of a change the columns that changed. An embedding is a few kilobytes, so that
-- the trail keeps its hash; of what only grows, it keeps what was appended.
create or replace function audit_data(before jsonb, after jsonb) returns jsonb language sql immutable
  return (
    select jsonb_object_agg(key, case
      when key = 'embedding_384' and value <> 'null'
        then to_jsonb('sha256:' || encode(sha256(convert_to(value #>> '{}', 'UTF8')), 'hex'))
      when key in ('amendment_history', 'hash_chain_sha256') and before is not null
        then (
          select coalesce(jsonb_agg(link order by place), '[]')
          from jsonb_array_elements(value) with ordinality as appended (link, place)
          where place > jsonb_array_length(before -> key)
        )
      else value
    end)
    from jsonb_each(after)
    where before is null or value is distinct from before -> key
  );

create or replace function audit_entity() returns trigger
  language plpgsql security definer set search_path = public, pg_temp as $$
declare
  before constant jsonb := case when tg_op = 'UPDATE' then to_jsonb(old) end;
  after constant jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
  data constant jsonb := audit_data(before, after);
begin
  -- An update that changes nothing leaves no trace.
  if data is not null then
    insert into audit_log (entity_id, table_name, action, agent_id, data)
    values ((after ->> 'id')::uuid, tg_table_name, lower(tg_op), current_agent_id(), data);
  end if;
  return null;
end
$$;

create or replace trigger base_entity_audit after insert or update or delete on base_entity
  for each row execute function audit_entity();
create or replace trigger skill_entity_audit after insert or update or delete on skill_entity
  for each row execute function audit_entity();
create or replace trigger job_role_entity_audit after insert or update or delete on job_role_entity
  for each row execute function audit_entity();
create or replace trigger team_entity_audit after insert or update or delete on team_entity
  for each row execute function audit_entity();
create or replace trigger agent_entity_audit after insert or update or delete on agent_entity
  for each row execute function audit_entity();
create or replace trigger industry_entity_audit after insert or update or delete on industry_entity
  for each row execute function audit_entity();
