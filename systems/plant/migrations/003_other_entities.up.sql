-- Industries, job roles, teams and agents, in the order in which they refer to each other.
create table if not exists industry_entity (
  id uuid not null,
  name varchar(255) not null,
  description text not null,
  agents uuid[] not null default '{}',
  constraint industry_entity_pkey primary key (id),
  constraint industry_entity_id_fkey foreign key (id) references base_entity (id) on delete cascade,
  constraint industry_entity_name_key unique (name)
);

create table if not exists job_role_entity (
  id uuid not null,
  name varchar(255) not null,
  description text not null,
  required_skills uuid[] not null default '{}',
  seniority_level varchar(50) not null,
  industry_id uuid,
  constraint job_role_entity_pkey primary key (id),
  constraint job_role_entity_id_fkey foreign key (id) references base_entity (id) on delete cascade,
  constraint job_role_entity_industry_id_fkey foreign key (industry_id) references industry_entity (id),
  constraint job_role_entity_name_key unique (name),
  constraint job_role_entity_seniority_level_check check (seniority_level in ('junior', 'mid', 'senior'))
);

create table if not exists team_entity (
  id uuid not null,
  name varchar(255) not null,
  description text not null,
  agents uuid[] not null default '{}',
  job_role_id uuid not null,
  industry_id uuid,
  constraint team_entity_pkey primary key (id),
  constraint team_entity_id_fkey foreign key (id) references base_entity (id) on delete cascade,
  constraint team_entity_job_role_id_fkey foreign key (job_role_id) references job_role_entity (id),
  constraint team_entity_industry_id_fkey foreign key (industry_id) references industry_entity (id),
  constraint team_entity_name_key unique (name)
);

create table if not exists agent_entity (
  id uuid not null,
  name varchar(255) not null,
  skill_id uuid not null,
  job_role_id uuid not null,
  team_id uuid,
  industry_id uuid not null,
  constraint agent_entity_pkey primary key (id),
  constraint agent_entity_id_fkey foreign key (id) references base_entity (id) on delete cascade,
  constraint agent_entity_skill_id_fkey foreign key (skill_id) references skill_entity (id),
  constraint agent_entity_job_role_id_fkey foreign key (job_role_id) references job_role_entity (id),
  constraint agent_entity_team_id_fkey foreign key (team_id) references team_entity (id),
  constraint agent_entity_industry_id_fkey foreign key (industry_id) references industry_entity (id),
  constraint agent_entity_name_key unique (name)
);

create or replace trigger industry_entity_keep_history before insert or update on industry_entity
  for each row execute function entity_keep_history('Industry');
create or replace trigger job_role_entity_keep_history before insert or update on job_role_entity
  for each row execute function entity_keep_history('JobRole');
create or replace trigger team_entity_keep_history before insert or update on team_entity
  for each row execute function entity_keep_history('Team');
create or replace trigger agent_entity_keep_history before insert or update on agent_entity
  for each row execute function entity_keep_history('Agent');

create or replace trigger industry_entity_refuse_truncate before truncate on industry_entity
  for each statement execute function refuse_truncate();
create or replace trigger job_role_entity_refuse_truncate before truncate on job_role_entity
  for each statement execute function refuse_truncate();
create or replace trigger team_entity_refuse_truncate before truncate on team_entity
  for each statement execute function refuse_truncate();
create or replace trigger agent_entity_refuse_truncate before truncate on agent_entity
  for each statement execute function refuse_truncate();
