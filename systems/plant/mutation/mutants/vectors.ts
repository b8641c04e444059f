import { type Mutant, mutant } from '../mutant.ts'

const base = 'migrations/001_base_entity.up.sql'
const embeddings = 'migrations/004_embeddings.up.sql'
const nearest = 'src/persistence/nearest.ts'

function inHalfPrecision(table: string): Mutant['edits'] {
  return [
    {
      file: embeddings,
      find: `alter table ${table} add column if not exists embedding_384 vector(384);`,
      put: `alter table ${table} add column if not exists embedding_384 halfvec(384);`,
    },
    {
      file: embeddings,
      find: `on ${table} using hnsw (embedding_384 vector_cosine_ops);`,
      put: `on ${table} using hnsw (embedding_384 halfvec_cosine_ops);`,
    },
  ]
}

/** What the tests of embeddings and of the search by them guard. */
export const vectors: readonly Mutant[] = [
  mutant('vectors', 'pgvector must be there already', base, 'create extension if not exists vector;\n', ''),
  mutant(
    'vectors',
    'every skill needs an embedding',
    embeddings,
    'alter table skill_entity add column if not exists embedding_384 vector(384);',
    'alter table skill_entity add column if not exists embedding_384 vector(384) not null;',
  ),
  {
    suite: 'vectors',
    name: 'embeddings are kept in half precision',
    edits: [
      ...inHalfPrecision('skill_entity'),
      ...inHalfPrecision('industry_entity'),
      { file: embeddings, find: "<> 'vector(384)';", put: "<> 'halfvec(384)';" },
    ],
  },
  mutant(
    'vectors',
    'the embedding of an industry is not kept',
    'src/persistence/kinds.ts',
    'db.insert(industryEntity).values({ ...fields, id })',
    'db.insert(industryEntity).values({ ...fields, id, embedding384: null })',
  ),
  mutant(
    'vectors',
    'the nearest are those by L2',
    nearest,
    'cosineDistance(embedding384, [...embedding])',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    'sql`${embedding384} <-> ${JSON.stringify(embedding)}`',
  ),
  mutant(
    'vectors',
    'the index of skills serves L2',
    embeddings,
    'on skill_entity using hnsw (embedding_384 vector_cosine_ops);',
    'on skill_entity using hnsw (embedding_384 vector_l2_ops);',
  ),
  mutant('vectors', 'what has no embedding is found as well', nearest, 'isNotNull(embedding384), ', ''),
  mutant('vectors', 'a search ends with the first rows of the index', nearest, "'strict_order'", "'off'"),
  mutant(
    'vectors',
    'a search gives one more than was asked for',
    nearest,
    '        limit,\n',
    '        limit: limit + 1,\n',
  ),
  mutant(
    'vectors',
    'a column of another type is taken for an embedding',
    embeddings,
    'if wrong is not null then',
    'if false then',
  ),
  mutant(
    'vectors',
    'an embedding has any number of dimensions',
    'src/domain/fields.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    '.length(dimensions, `has ${dimensions} numbers`)',
    '',
  ),
  mutant(
    'vectors',
    'one may search by any number of dimensions',
    nearest,
    'if (embedding.length !== dimensions) {',
    'if (embedding.length > dimensions) {',
  ),
  mutant(
    'vectors',
    'similarity depends on how long vectors are',
    'src/domain/drift.ts',
    'Math.min(1, dot / norm)',
    'Math.min(1, dot)',
  ),
]
