-- Skills. Joined-table inheritance: an entity is a row in base_entity and a row here, under the same key.
create table if not exists skill_entity (
  id uuid not null,
  name varchar(255) not null,
  description text not null,
  category varchar(50) not null,
  constraint skill_entity_pkey primary key (id),
  constraint skill_entity_id_fkey foreign key (id) references base_entity (id) on delete cascade,
  constraint skill_entity_name_key unique (name),
  constraint skill_entity_category_check check (
    category in ('technical', 'soft_skill', 'domain_expertise', 'certification')
  )
);

create or replace trigger skill_entity_keep_history before insert or update on skill_entity
  for each row execute function entity_keep_history('Skill');
create or replace trigger skill_entity_refuse_truncate before truncate on skill_entity
  for each statement execute function refuse_truncate();
