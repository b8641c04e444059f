import { expect, test } from 'vitest'
import { isExpression } from './expression.ts'

test.for<[string, string]>([
  ['price > 0', 'price > 0::numeric'],
  ['PRICE>0', '((price > (0)::numeric))'],
  ['balance >= -1', "balance >= '-1'::integer"],
  ["status IN ('draft', 'live')", "status = ANY (ARRAY['draft'::text, 'live'::text])"],
  ["status not in ('a', 'b')", "status <> ALL (ARRAY['a'::text, 'b'::text])"],
  ["status IN ('a')", "status = 'a'::text"],
  ["status IN ('a', 'b')", "status::text = ANY (ARRAY['a'::character varying, 'b'::character varying]::text[])"],
  ['n BETWEEN 1 AND 10', 'n >= 1 AND n <= 10'],
  ['a AND n BETWEEN 1 AND 10', 'a AND n >= 1 AND n <= 10'],
  ["email LIKE '%@%'", "email ~~ '%@%'::text"],
  ["email NOT ILIKE 'x%'", "email !~~* 'x%'::text"],
  ['a != b', 'a <> b'],
  ['(a OR b) AND c', '(a OR b) AND c'],
  ['NOT a OR b', '(NOT a) OR b'],
  ['deleted_at is null', 'deleted_at IS NULL'],
  ['a IS DISTINCT FROM b', 'a IS DISTINCT FROM b'],
  ['lower(email) = email', 'lower(email) = email'],
  ['"email" = \'A b\'', "email = 'A b'::text"],
  ["now() + interval '1 day'", "(now() + '1 day'::interval)"],
  ['CAST(a AS numeric(10, 2)) > 0', 'a::numeric(10,2) > 0::numeric'],
  ["at at time zone 'UTC'", "(at AT TIME ZONE 'UTC'::text)"],
  ['CASE WHEN a THEN 1 ELSE 2 END = 1', '\nCASE\n    WHEN a THEN 1\n    ELSE 2\nEND = 1'],
  ["tags @> ARRAY['x']", "tags @> ARRAY['x'::text]"],
  ["data->>'a' = 'b'", "(data ->> 'a'::text) = 'b'::text"],
  ['seen::timestamp with time zone > now()', '(seen)::timestamp(3) with time zone > now()'],
  ['extract(year from day) > 2000', 'EXTRACT(year FROM day) > 2000::numeric'],
  ["trim(body) <> ''", "TRIM(BOTH FROM body) <> ''::text"],
  ["trim(leading 'x' from body) = body", "TRIM(LEADING 'x'::text FROM body) = body"],
  ['substring(body from 2) = body', 'SUBSTRING(body FROM 2) = body'],
])('%s is %s', ([written, printed]) => {
  expect(isExpression(written, printed)).toBe(true)
})

test.for<[string, string]>([
  ['price > 0', 'price >= 0'],
  ["status = 'Draft'", "status = 'draft'::text"],
  ['a AND (b OR c)', 'a AND b OR c'],
  ['a - (b - c)', 'a - b - c'],
  ["'now()'", 'now()'],
  ['"Email" = x', 'email = x'],
  ['NOT (a OR b)', 'NOT a OR b'],
])('%s is not %s', ([written, printed]) => {
  expect(isExpression(written, printed)).toBe(false)
})
