drop trigger if exists base_entity_audit on base_entity;
drop trigger if exists skill_entity_audit on skill_entity;
drop trigger if exists job_role_entity_audit on job_role_entity;
drop trigger if exists team_entity_audit on team_entity;
drop trigger if exists agent_entity_audit on agent_entity;
drop trigger if exists industry_entity_audit on industry_entity;

drop function if exists audit_log_payload(audit_log);
drop table if exists audit_log;
drop function if exists audit_log_link();
drop function if exists audit_log_refuse();
drop function if exists audit_entity();
drop function if exists audit_data(jsonb, jsonb);

drop policy if exists skill_entity_select on skill_entity;
drop policy if exists skill_entity_insert on skill_entity;
drop policy if exists skill_entity_update on skill_entity;
alter table skill_entity no force row level security;
alter table skill_entity disable row level security;

drop policy if exists job_role_entity_select on job_role_entity;
drop policy if exists job_role_entity_insert on job_role_entity;
drop policy if exists job_role_entity_update on job_role_entity;
alter table job_role_entity no force row level security;
alter table job_role_entity disable row level security;

drop policy if exists team_entity_select on team_entity;
drop policy if exists team_entity_insert on team_entity;
drop policy if exists team_entity_update on team_entity;
alter table team_entity no force row level security;
alter table team_entity disable row level security;

drop policy if exists agent_entity_select on agent_entity;
drop policy if exists agent_entity_insert on agent_entity;
drop policy if exists agent_entity_update on agent_entity;
alter table agent_entity no force row level security;
alter table agent_entity disable row level security;

drop policy if exists industry_entity_select on industry_entity;
drop policy if exists industry_entity_insert on industry_entity;
drop policy if exists industry_entity_update on industry_entity;
alter table industry_entity no force row level security;
alter table industry_entity disable row level security;

drop policy if exists base_entity_select on base_entity;
drop policy if exists base_entity_insert on base_entity;
drop policy if exists base_entity_update on base_entity;
alter table base_entity no force row level security;
alter table base_entity disable row level security;

drop function if exists current_agent_id();
