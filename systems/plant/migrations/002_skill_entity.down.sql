drop table if exists skill_entity;
