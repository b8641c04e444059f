-- Embeddings of 384 dimensions and their indexes for cosine distance.
alter table skill_entity add column if not exists embedding_384 vector(384);
alter table industry_entity add column if not exists embedding_384 vector(384);

-- "if not exists" is content with a column of any type: a wrong one is an error here, and not at the first search.
do $$
declare
  wrong text;
begin
  select string_agg(format('%s is %s', attrelid::regclass, format_type(atttypid, atttypmod)), ', ') into wrong
  from pg_attribute
  where attrelid in ('skill_entity'::regclass, 'industry_entity'::regclass) and attname = 'embedding_384'
    and format_type(atttypid, atttypmod) <> 'vector(384)';
  if wrong is not null then
    raise exception 'embedding_384 must be vector(384): of %', wrong using errcode = 'datatype_mismatch';
  end if;
end
$$;

create index if not exists skill_entity_embedding_384_idx on skill_entity using hnsw (embedding_384 vector_cosine_ops);
create index if not exists industry_entity_embedding_384_idx on industry_entity using hnsw (embedding_384 vector_cosine_ops);
