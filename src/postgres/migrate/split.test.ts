import { expect, test } from 'vitest'
import { splitStatements } from './split.ts'

const texts = (sql: string) => splitStatements(sql).map(({ text }) => text)

test.for<[string, string, readonly string[]]>([
  ['plain statements', 'SELECT 1; SELECT 2;\n', ['SELECT 1', 'SELECT 2']],
  ['the last without a semicolon', 'SELECT 1', ['SELECT 1']],
  ['nothing', ' ;; -- x\n/* y */', []],
  ['strings', "SELECT 'a;b', 'it''s; \\'; SELECT 2", ["SELECT 'a;b', 'it''s; \\'", 'SELECT 2']],
  ['escape strings', "SELECT E'a\\'; b', e'\\\\'; SELECT 2", ["SELECT E'a\\'; b', e'\\\\'", 'SELECT 2']],
  ['quoted names', 'SELECT "a;""b"; SELECT 2', ['SELECT "a;""b"', 'SELECT 2']],
  [
    'dollar quotes',
    'DO $$ BEGIN; END $$; DO $a$ $$; $b$ $a$; SELECT 2',
    ['DO $$ BEGIN; END $$', 'DO $a$ $$; $b$ $a$', 'SELECT 2'],
  ],
  ['what looks like a dollar quote', 'SELECT a$1$b; SELECT $1; SELECT 2', ['SELECT a$1$b', 'SELECT $1', 'SELECT 2']],
  ['line comments', 'SELECT 1 -- a; b\n; SELECT 2', ['SELECT 1 -- a; b', 'SELECT 2']],
  ['nested comments', 'SELECT /* a; /* b; */ c; */ 1; SELECT 2', ['SELECT /* a; /* b; */ c; */ 1', 'SELECT 2']],
  [
    'parentheses',
    'CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2); SELECT 3',
    ['CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2)', 'SELECT 3'],
  ],
  [
    'bodies of routines',
    'CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3',
    [
      'CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END',
      'SELECT 3',
    ],
  ],
  ['transactions, which are no body', 'BEGIN; SELECT 1; END; SELECT 2', ['BEGIN', 'SELECT 1', 'END', 'SELECT 2']],
  ['a byte order mark', '\uFEFFSELECT 1', ['SELECT 1']],
  ['an unfinished string', "SELECT 'a; b", ["SELECT 'a; b"]],
])('%s', ([, sql, expected]) => {
  expect(texts(sql)).toEqual(expected)
})

test('knows where each statement starts', () => {
  expect(splitStatements('-- a\n  SELECT 1;\n\nSELECT 2').map(({ start }) => start)).toEqual([7, 18])
})
