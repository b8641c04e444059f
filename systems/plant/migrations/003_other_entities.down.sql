drop table if exists agent_entity;
drop table if exists team_entity;
drop table if exists job_role_entity;
drop table if exists industry_entity;
