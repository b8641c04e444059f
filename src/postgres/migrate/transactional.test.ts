import { expect, test } from 'vitest'
import { naturalOrder } from './order.ts'
import { splitStatements } from './split.ts'
import { runsInTransaction, upwards } from './transactional.ts'

const wrapped = (sql: string) => runsInTransaction(sql, splitStatements(sql))

test.for<[string]>([
  ['CREATE TABLE a (id int); INSERT INTO a VALUES (1)'],
  ['CREATE INDEX i ON a (id)'],
  ["COMMENT ON TABLE a IS 'VACUUM'"],
  ['-- vacuum\nSELECT 1'],
  ['REFRESH MATERIALIZED VIEW CONCURRENTLY m'],
  ["ALTER TYPE t ADD VALUE 'x'"],
])('runs in a transaction: %s', ([sql]) => {
  expect(wrapped(sql)).toBe(true)
})

test.for<[string]>([
  ['CREATE INDEX CONCURRENTLY i ON a (id)'],
  ['SELECT 1; create unique index  concurrently i ON a (id)'],
  ['-- first\n/* second */ DROP INDEX CONCURRENTLY i'],
  ['REINDEX (VERBOSE) TABLE CONCURRENTLY a'],
  ['VACUUM (ANALYZE) a'],
  ['ALTER SYSTEM SET work_mem = 1'],
  ['ALTER TABLE a DETACH PARTITION b CONCURRENTLY'],
  ['BEGIN; SELECT 1; COMMIT'],
  ['-- backlot: no-transaction\nSELECT 1'],
])('runs outside of one: %s', ([sql]) => {
  expect(wrapped(sql)).toBe(false)
})

test.for<[string]>([
  ['-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;'],
  ['-- +goose Up\nCREATE TABLE a ();\n-- +goose Down\nDROP TABLE a;'],
  ['-- Up Migration\nCREATE TABLE a ();\n-- Down Migration\nDROP TABLE a;'],
])('leaves out what leads back', ([sql]) => {
  expect(splitStatements(upwards(sql)).map(({ text }) => text)).toEqual(['CREATE TABLE a ()'])
})

test('numbers in names are ordered by value', () => {
  const names = ['10_c.sql', '2_b.sql', '002_a.sql', 'V1__x.sql', '1_a.sql', '1_a.up.sql', '20260101120000_z.sql']
  expect(names.toSorted(naturalOrder)).toEqual([
    '1_a.sql',
    '1_a.up.sql',
    '002_a.sql',
    '2_b.sql',
    '10_c.sql',
    '20260101120000_z.sql',
    'V1__x.sql',
  ])
})
