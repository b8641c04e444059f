import { type KeyObject, randomUUID } from 'node:crypto'
import { and, eq, isNull, type SQL } from 'drizzle-orm'
import type { z } from 'zod'
import type { Session } from '../connector/session.ts'
import { amend, checkHistory, noHistory } from '../domain/amendments.ts'
import { canonicalJson, type Json, type JsonObject } from '../domain/canonical-json.ts'
import type { Clock } from '../domain/clock.ts'
import { PlantError } from '../domain/errors.ts'
import { commonFields, type EntityType, type Fields } from '../domain/fields.ts'
import { sha256 } from '../domain/hash-chain.ts'
import { describeFindings, findingsOf, toResult, type ValidationResult } from '../domain/validators/result.ts'
import type { BaseRow, Entity, Kind, Selection } from './kinds.ts'
import { baseEntity } from './schema/base-entity.ts'

/** What repositories are told. */
export interface RepositoryOptions {
  readonly clock: Clock
  /** Private RSA key that amendments are signed with. Default: they are not signed. */
  readonly signingKey?: KeyObject | undefined
}

/** Which entities to list. */
export interface ListOptions {
  /** Default: any. */
  readonly status?: BaseRow['status']
  /** Whether deleted ones are among them. Default: false. */
  readonly deleted?: boolean
  /** Default: 50. */
  readonly limit?: number
  readonly offset?: number
}

/** Entities of one type, in the name of a session's agent. What the agent may not see is not there. */
export interface Repository<Type extends EntityType> {
  /**
   * Makes an entity that the agent governs, with the first link of its history.
   *
   * @throws PlantError `validation`; when the session's statements fail, as `connector.session` says
   */
  create(fields: Fields<Type>): Promise<Entity<Type>>
  /** @throws PlantError `entity-not-found`, also for one that is deleted */
  get(id: string): Promise<Entity<Type>>
  /** Null when there is none, or it is deleted. */
  find(id: string): Promise<Entity<Type> | null>
  /** Oldest first. */
  list(options?: ListOptions): Promise<readonly Entity<Type>[]>
  /**
   * Changes an entity: writes an amendment and its link down, and gives it a new version.
   *
   * @param changeType how the amendment calls it. Default: `update`.
   * @throws PlantError `validation`, `entity-not-found`, `policy-denied` for another agent's, `hash-chain-broken` when its history is
   *   not what was written
   */
  evolve(id: string, changes: Partial<Fields<Type>>, changeType?: string): Promise<Entity<Type>>
  /** Marks an entity as deleted; it stays, with its history. Throws as `evolve` does. */
  softDelete(id: string): Promise<void>
  /** Whether name and external id are free; entities that are deleted do not count. Never throws for what it is given. */
  validateUnique(fields: { readonly name: string; readonly externalId?: string | null }): Promise<ValidationResult>
}

/** What an amendment says of changes. Of an embedding it keeps the hash. */
function amendmentData(fields: object): JsonObject {
  const entries = Object.entries<Json | undefined>({ ...fields })
  const given = entries.filter((entry): entry is [string, Json] => entry[1] !== undefined)
  return Object.fromEntries(
    given.map(([name, value]): [string, Json] =>
      name === 'embedding384' && value !== null ? [name, `sha256:${sha256(canonicalJson(value))}`] : [name, value],
    ),
  )
}

function parse<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const { findings } = findingsOf(schema, value)
  throw new PlantError('validation', `The entity is not valid: ${describeFindings(findings)}.`, {
    details: { findings },
  })
}

/** The repository of one type of entity, in a session. */
export function createRepository<Type extends EntityType>(
  kind: Kind<Type>,
  { db, agentId }: Session,
  { clock, signingKey }: RepositoryOptions,
): Repository<Type> {
  async function read(selection: Selection): Promise<Entity<Type>[]> {
    return (await kind.read(db, selection)).map(({ base, own }) => ({ ...base, ...own }))
  }

  async function find(id: string): Promise<Entity<Type> | null> {
    const [found] = await read({ where: and(eq(baseEntity.id, id), isNull(baseEntity.deletedAt)), limit: 1 })
    return found ?? null
  }

  async function get(id: string): Promise<Entity<Type>> {
    const found = await find(id)
    if (found !== null) return found
    throw new PlantError('entity-not-found', `There is no ${kind.type} ${id}.`, { details: { id } })
  }

  /** Keeps others from amending it until the session ends, and reads what it is by then. */
  async function lock(id: string): Promise<BaseRow> {
    const [base] = await db
      .select()
      .from(baseEntity)
      .where(and(eq(baseEntity.id, id), eq(baseEntity.entityType, kind.type), isNull(baseEntity.deletedAt)))
      .for('update')
    if (base !== undefined) return base
    await get(id)
    throw new PlantError('policy-denied', `The ${kind.type} ${id} is governed by another agent.`, { details: { id } })
  }

  async function writeAmendment(
    id: string,
    change: { readonly type: string; readonly data: JsonObject },
    values: Partial<typeof baseEntity.$inferInsert>,
  ): Promise<void> {
    const base = await lock(id)
    const { intact, reason } = checkHistory(base)
    if (!intact)
      throw new PlantError('hash-chain-broken', `The history of ${id} is broken: ${reason}.`, { details: { id } })
    const history = amend(base, { ...change, at: clock.now(), signingKey })
    await db
      .update(baseEntity)
      .set({ ...values, ...history, hashChainSha256: [...history.hashChainSha256] })
      .where(eq(baseEntity.id, id))
  }

  async function isTaken(where: SQL): Promise<boolean> {
    return (await read({ where: and(where, isNull(baseEntity.deletedAt)), limit: 1 })).length > 0
  }

  return {
    find,
    get,
    create: async (fields) => {
      const valid = parse(kind.fields, fields)
      if (agentId === null) throw new PlantError('policy-denied', 'Somebody has to govern an entity: name an agent.')
      const id = randomUUID()
      const at = clock.now()
      const history = amend(noHistory, { type: 'create', data: amendmentData(valid), at, signingKey })
      await db.insert(baseEntity).values({
        ...valid,
        ...history,
        hashChainSha256: [...history.hashChainSha256],
        id,
        entityType: kind.type,
        governanceAgentId: agentId,
      })
      await kind.insert(db, id, valid)
      return await get(id)
    },
    list: async ({ status, deleted = false, limit = 50, offset = 0 } = {}) =>
      await read({
        where: and(
          status === undefined ? undefined : eq(baseEntity.status, status),
          deleted ? undefined : isNull(baseEntity.deletedAt),
        ),
        limit,
        offset,
      }),
    evolve: async (id, changes, changeType = 'update') => {
      const valid = parse(kind.changes, changes)
      const data = amendmentData(valid)
      const names = Object.keys(data)
      if (names.length === 0) throw new PlantError('validation', 'There is nothing to change.')
      await writeAmendment(id, { type: changeType, data }, valid)
      if (names.some((name) => !commonFields.has(name))) await kind.update(db, id, valid)
      return await get(id)
    },
    softDelete: async (id) => {
      const deletedAt = clock.now()
      const data = { status: 'deleted', deletedAt: deletedAt.toISOString() } as const
      await writeAmendment(id, { type: 'delete', data }, { status: 'deleted', deletedAt })
    },
    validateUnique: async ({ name, externalId }) => {
      const taken = async (field: string, where: SQL) =>
        (await isTaken(where)) ? [{ field, message: 'is taken' }] : []
      return toResult([
        ...(await taken('name', eq(kind.table.name, name))),
        ...(externalId == null ? [] : await taken('externalId', eq(baseEntity.externalId, externalId))),
      ])
    },
  }
}
