import { describe, expect, test } from 'vitest'
import { isCommandTimeout, translateFailure } from '../../src/connector/failures.ts'
import { PlantError, type PlantErrorCode, toProblem } from '../../src/index.ts'

/** As pg throws it, within what Drizzle makes of it. */
function serverError(code: string, more: object = {}): Error {
  return new Error('Failed query: ...', {
    cause: Object.assign(new Error('words'), { code, severity: 'ERROR', ...more }),
  })
}

describe('problems', () => {
  test.each<[PlantErrorCode, number]>([
    ['constitutional-alignment', 422],
    ['hash-chain-broken', 500],
    ['signature-invalid', 422],
    ['entity-not-found', 404],
    ['duplicate-entity', 409],
    ['policy-denied', 403],
    ['usage-limit', 429],
    ['append-only', 409],
    ['pool-exhausted', 503],
    ['command-timeout', 504],
  ])('%s has status %i', (code, status) => {
    expect(new PlantError(code, 'Why.').status).toBe(status)
    expect(toProblem(new PlantError(code, 'Why.'))).toMatchObject({ type: `/problems/${code}`, status, detail: 'Why.' })
  })

  test('details stand beside the members of RFC 9457, and do not replace them', () => {
    const error = new PlantError('entity-not-found', 'There is none.', { details: { id: '1', status: 200 } })
    expect(toProblem(error)).toMatchInlineSnapshot(`
      {
        "detail": "There is none.",
        "id": "1",
        "status": 404,
        "title": "Entity not found",
        "type": "/problems/entity-not-found",
      }
    `)
  })

  test('of what is not ours nothing is told', () => {
    expect(toProblem(new Error('password is secret'))).toMatchInlineSnapshot(`
      {
        "detail": "Something went wrong.",
        "status": 500,
        "title": "Internal Server Error",
        "type": "about:blank",
      }
    `)
  })
})

describe('failures of the database', () => {
  test.each([
    ['23505', 'duplicate-entity'],
    ['23503', 'reference-missing'],
    ['23502', 'validation'],
    ['42501', 'policy-denied'],
    ['40001', 'conflict'],
    ['40P01', 'conflict'],
    ['57014', 'command-timeout'],
    ['57P01', 'database-unavailable'],
    ['PL001', 'append-only'],
    ['PL002', 'polymorphic-identity'],
  ])('%s is %s', (sqlState, code) => {
    const error = serverError(sqlState)
    expect(translateFailure(error)).toMatchObject({ code, cause: error })
  })

  test('the constraint is named', () => {
    expect(translateFailure(serverError('23505', { constraint: 'skill_entity_name_key' }))).toMatchObject({
      details: { constraint: 'skill_entity_name_key' },
    })
  })

  test('a connection that is gone has no code', () => {
    const error = new Error('Connection terminated unexpectedly')
    expect(translateFailure(error)).toMatchObject({ code: 'database-unavailable', cause: error })
  })

  test('a statement without an answer is told from one that the server ended', () => {
    const error = new Error('Failed query: ...', { cause: new Error('Query read timeout') })
    expect(isCommandTimeout(error)).toBe(true)
    expect(isCommandTimeout(serverError('57014'))).toBe(false)
    expect(translateFailure(error)).toMatchObject({ code: 'command-timeout' })
  })

  test('what is known already, and what is not known at all, stays as it is', () => {
    for (const error of [new PlantError('drift', 'Far.'), new Error('other'), serverError('42P01'), 'text']) {
      expect(translateFailure(error)).toBe(error)
    }
  })
})
