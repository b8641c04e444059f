-- The indexes go with their columns.
alter table industry_entity drop column if exists embedding_384;
alter table skill_entity drop column if exists embedding_384;
