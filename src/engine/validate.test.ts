import { describe, expect, test } from 'vitest'
import type { Service } from '../contracts/index.ts'
import { startOrder, validateConfig } from './validate.ts'

const never = (): never => {
  throw new Error('not called')
}

function service(...dependsOn: string[]): Service {
  return {
    kind: 'x',
    host: 'file:///x',
    dependsOn,
    check: never,
    plan: never,
    build: never,
    open: never,
    environment: never,
  }
}

function failure(config: unknown): string {
  try {
    validateConfig(config)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return 'accepted'
}

describe('a wrong config fails at once and says what mends it', () => {
  test('not an object', () => {
    expect(failure(undefined)).toMatchInlineSnapshot(`
      "defineBacklot takes an object [BACKLOT_CONFIG_INVALID]
        → defineBacklot({ services: { db: postgres() } })"
    `)
  })
  test('an unknown key', () => {
    expect(failure({ service: {} })).toMatchInlineSnapshot(`
      "unknown key "service" in defineBacklot [BACKLOT_CONFIG_INVALID]
        → did you mean "services"?"
    `)
    expect(failure({ services: {}, somethingElse: 1 })).toMatchInlineSnapshot(`
      "unknown key "somethingElse" in defineBacklot [BACKLOT_CONFIG_INVALID]
        → the keys are: services, app, isolation, leaks, root"
    `)
  })
  test('no services', () => {
    expect(failure({})).toMatchInlineSnapshot(`
      "defineBacklot needs services [BACKLOT_CONFIG_INVALID]
        → defineBacklot({ services: { db: postgres() } })"
    `)
  })
  test('a service name that is not an identifier', () => {
    expect(failure({ services: { _$1: service() } })).toBe('accepted')
    expect(failure({ services: { '1st': service() } })).toContain('is not an identifier')
    expect(failure({ services: { 'my-db': service() } })).toMatchInlineSnapshot(`
      "service name "my-db" is not an identifier [BACKLOT_CONFIG_INVALID]
        → use letters, digits, _ and $, with no digit first: tests destructure it, as in ({ db })"
    `)
  })
  test('a service name that is a reserved word', () => {
    expect(failure({ services: { default: service() } })).toMatchInlineSnapshot(`
      "service name "default" is a reserved word of JavaScript [BACKLOT_CONFIG_INVALID]
        → choose another name, such as db, cache, bus: tests destructure it, as in ({ db })"
    `)
    for (const name of ['class', 'await', 'let', 'eval', 'null', 'static']) {
      expect(failure({ services: { [name]: service() } })).toContain('is a reserved word of JavaScript')
    }
  })
  test('a service name that is a fixture', (context) => {
    expect(failure({ services: { api: service() } })).toMatchInlineSnapshot(`
      "service name "api" is taken by a test fixture [BACKLOT_CONFIG_INVALID]
        → choose another name, such as db, cache, bus"
    `)
    const own = ['backlotLot', 'backlotReset']
    const ofVitest = Object.keys(context)
    expect(ofVitest).toContain('onTestFinished')
    for (const name of [...own, ...ofVitest]) {
      expect(failure({ services: { [name]: service() } })).toContain('is taken by a test fixture')
    }
  })
  test('a value that is no service', () => {
    expect(failure({ services: { db: 'postgres://' } })).toMatchInlineSnapshot(`
      "service db is not a service [BACKLOT_CONFIG_INVALID]
        → write db: postgres(...) or another service's function"
    `)
  })
  test('a dependency that is not there', () => {
    expect(failure({ services: { db: service('cash') } })).toMatchInlineSnapshot(`
      "service db depends on "cash", which is not in services [BACKLOT_CONFIG_INVALID]
        → the services are: db"
    `)
  })
  test('a circle of dependencies', () => {
    const services = { a: service('b'), b: service('c'), c: service('a') }
    expect(failure({ services })).toMatchInlineSnapshot(`
      "services depend on each other in a circle: a → b → c → a [BACKLOT_CONFIG_INVALID]
        → take one of these names out of dependsOn"
    `)
    expect(failure({ services: { self: service('self') } })).toMatchInlineSnapshot(`
      "services depend on each other in a circle: self → self [BACKLOT_CONFIG_INVALID]
        → take one of these names out of dependsOn"
    `)
  })
  test('an app that is no function', () => {
    expect(failure({ services: {}, app: 'server.js' })).toMatchInlineSnapshot(`
      "app must be a function of the services [BACKLOT_CONFIG_INVALID]
        → app: async ({ db }) => buildServer({ databaseUrl: db.url })"
    `)
  })
  test('an unknown isolation', () => {
    expect(failure({ services: {}, isolation: 'truncate' })).toMatchInlineSnapshot(`
      "unknown isolation "truncate" [BACKLOT_CONFIG_INVALID]
        → choose one of: rewind, clone, transaction, none"
    `)
  })
  test('an unknown way with leaks', () => {
    expect(failure({ services: {}, leaks: 'ignore' })).toMatchInlineSnapshot(`
      "unknown value for leaks: "ignore" [BACKLOT_CONFIG_INVALID]
        → choose 'report' or 'fail'"
    `)
  })
  test('a root that is no path', () => {
    expect(failure({ services: {}, root: 1 })).toMatchInlineSnapshot(`
      "root must be a path [BACKLOT_CONFIG_INVALID]
        → leave it out: the config file's folder is the default"
    `)
  })
})

test('a right config passes', () => {
  const services = { db: service(), bus: service('db') }
  expect(failure({ services, app: () => undefined, isolation: 'clone', leaks: 'fail', root: '/x' })).toBe('accepted')
})

test('services start after those that they depend on', () => {
  expect(startOrder({ c: service('b', 'a'), a: service(), b: service('a') })).toEqual(['a', 'b', 'c'])
})
