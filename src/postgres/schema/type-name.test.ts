import { expect, test } from 'vitest'
import { isType, vectorDimensions } from './type-name.ts'

test.for<[string, string]>([
  ['int', 'integer'],
  ['INT4', 'integer'],
  ['serial', 'integer'],
  ['bigint', 'bigint'],
  ['varchar(255)', 'character varying(255)'],
  ['varchar', 'character varying(255)'],
  ['char(2)', 'character(2)'],
  ['timestamptz', 'timestamp with time zone'],
  ['timestamptz(3)', 'timestamp(3) with time zone'],
  ['timestamp', 'timestamp without time zone'],
  ['decimal(10, 2)', 'numeric(10,2)'],
  ['float', 'double precision'],
  ['bool', 'boolean'],
  ['int[]', 'integer[]'],
  ['text[][]', 'text[]'],
  ['varchar(5)[]', 'character varying(5)[]'],
  ['vector', 'vector(384)'],
  ['vector(384)', 'vector(384)'],
  ['status', 'shop.status'],
  ['"Odd"', 'shop."Odd"'],
])('%s is %s', ([written, printed]) => {
  expect(isType(written, printed)).toBe(true)
})

test.for<[string, string]>([
  ['text', 'character varying'],
  ['varchar(5)', 'character varying'],
  ['varchar(5)', 'character varying(6)'],
  ['int', 'integer[]'],
  ['int[]', 'integer'],
  ['timestamp', 'timestamp with time zone'],
  ['other.status', 'shop.status'],
  ['Odd', 'shop."Odd"'],
])('%s is not %s', ([written, printed]) => {
  expect(isType(written, printed)).toBe(false)
})

test('vectors know their dimensions', () => {
  expect(['vector(384)', 'public.halfvec(3)', 'vector', 'numeric(3)'].map(vectorDimensions)).toEqual([
    384,
    3,
    undefined,
    undefined,
  ])
})
