-- The extensions stay: others may use them, and the role that runs this may not be their owner.
drop table if exists base_entity;
drop function if exists base_entity_keep_history();
drop function if exists entity_keep_history();
drop function if exists refuse_truncate();
