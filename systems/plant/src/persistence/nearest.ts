import { and, cosineDistance, isNotNull, isNull, sql } from 'drizzle-orm'
import type { Database } from '../connector/session.ts'
import { cosineSimilarity } from '../domain/drift.ts'
import { PlantError } from '../domain/errors.ts'
import { dimensions } from '../domain/fields.ts'
import type { Entity, Kind } from './kinds.ts'
import { baseEntity } from './schema/base-entity.ts'

/** Types of entities that have an embedding. */
export type Embedded = 'Skill' | 'Industry'

/** An entity and how far it is: 0 for the same direction, 2 for the opposite. */
export interface Neighbour<Type extends Embedded> {
  readonly entity: Entity<Type>
  readonly distance: number
}

/** Search by embedding. */
export interface Nearest<Type extends Embedded> {
  /**
   * The entities whose embeddings are nearest by cosine, the nearest first. Those without an embedding, those that are deleted and
   * those that the agent does not see are left out.
   *
   * @param limit how many at most. Default: 10.
   * @throws PlantError `validation` unless the embedding has 384 numbers
   */
  nearest(embedding: readonly number[], limit?: number): Promise<readonly Neighbour<Type>[]>
}

/** Search among entities of one type. */
export function createNearest<Type extends Embedded>(kind: Kind<Type>, db: Database): Nearest<Type> {
  const { embedding384 } = kind.table
  return {
    nearest: async (embedding, limit = 10) => {
      if (embedding.length !== dimensions) {
        throw new PlantError('validation', `An embedding has ${dimensions} numbers, not ${embedding.length}.`)
      }
      // The index knows nothing of policies and deletions: without this it would stop at its first few rows, seen or not.
      await db.execute(sql`select set_config('hnsw.iterative_scan', 'strict_order', true)`)
      const found = await kind.read(db, {
        where: and(isNotNull(embedding384), isNull(baseEntity.deletedAt)),
        order: cosineDistance(embedding384, [...embedding]),
        limit,
      })
      return found.map(({ base, own }) => ({
        entity: { ...base, ...own },
        distance: 1 - cosineSimilarity(embedding, own.embedding384 ?? []),
      }))
    },
  }
}
