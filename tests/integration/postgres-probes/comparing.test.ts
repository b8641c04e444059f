import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { type Lab, openLab, openSeat, type Seat } from './lab.ts'

const schema = `
  CREATE TYPE mood AS ENUM ('sad', 'fine', 'happy');
  CREATE DOMAIN positive AS int CHECK (VALUE > 0);
  CREATE TABLE things (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    small smallint, whole int, amount numeric(10, 2), real4 real, real8 double precision, yes boolean,
    name text, code varchar(10), fixed char(5), mood mood, many positive,
    moment timestamptz, wall timestamp, day date, at time,
    key uuid, data jsonb, raw json, bytes bytea, span int4range, place point, address inet, wait interval,
    tags text[], grid int[][], moods mood[], moments timestamptz[]
  );
`

let lab: Lab
let seat: Seat

beforeAll(async () => {
  lab = await openLab()
  seat = await openSeat(lab, schema)
})
afterAll(async () => {
  await seat?.close()
  await lab?.stop()
})
beforeEach(() => seat.push())
afterEach(() => seat.pop())

const soon = { timeout: 0 }

async function insert(column: string, literal: string): Promise<void> {
  await seat.app.query(`INSERT INTO things (${column}) VALUES (${literal})`)
}

const key = '6f1c9d3e-5a0b-4d5c-9c53-0a4d3f0a1b2c'

/** Column, what Postgres stores, what equals it, what does not. */
const cases: readonly (readonly [
  column: string,
  literal: string,
  same: readonly unknown[],
  other: readonly unknown[],
])[] = [
  ['small', '7', [7, 7n, '7', expect.any(Number)], [8, expect.any(String)]],
  ['amount', '10.50', [10.5, '10.5', '10.50', '1.05e1', expect.any(Number)], [10.51, '10.505', 10]],
  ['amount', '10', [10, 10n, '10.00'], [11n]],
  ['real4', '0.1', [0.1, '0.1'], [0.2]],
  ['real8', '0.1::float8 + 0.2::float8', [0.1 + 0.2, '0.30000000000000004'], [0.3]],
  ['real8', "'NaN'", [Number.NaN, 'NaN'], [1]],
  ['real8', "'-Infinity'", [Number.NEGATIVE_INFINITY], [Number.POSITIVE_INFINITY]],
  ['yes', 'true', [true, 'true', expect.any(Boolean)], [false]],
  ['name', "'Bob''s \"bar\"'", [`Bob's "bar"`, expect.stringContaining('bar')], ['bob', expect.stringMatching(/^x/)]],
  ['name', "'abc'", [expect.not.stringContaining('x')], [expect.not.stringContaining('b')]],
  ['code', "'abc'", ['abc'], ['abc ', 'ABC']],
  ['fixed', "'abc'", ['abc', 'abc  '], ['ab']],
  ['mood', "'fine'", ['fine'], ['sad']],
  ['many', '3', [3, '3'], [4]],
  [
    'moment',
    "'2026-03-04 05:06:07.123456+02'",
    [
      new Date('2026-03-04T03:06:07.123Z'),
      '2026-03-04T03:06:07.123Z',
      '2026-03-04 05:06:07.123456+02',
      expect.any(Date),
    ],
    [new Date('2026-03-04T03:06:07.124Z'), '2026-03-04T03:06:07.122Z', '2026-03-04 03:06:07Z'],
  ],
  ['moment', "'infinity'", [Number.POSITIVE_INFINITY, 'infinity'], [new Date(0)]],
  ['moment', "'0044-03-15 00:00:00+00 BC'", [new Date('-000043-03-15T00:00:00Z')], [new Date(0)]],
  [
    'wall',
    "'2026-03-04 05:06:07.5'",
    [new Date(2026, 2, 4, 5, 6, 7, 500), '2026-03-04 05:06:07.5'],
    [new Date(2026, 2, 4)],
  ],
  ['day', "'2026-03-04'", [new Date(2026, 2, 4), '2026-03-04'], [new Date(2026, 2, 6), '2026-03-05']],
  ['at', "'10:00'", ['10:00', '10:00:00'], ['10:01']],
  ['key', `'${key}'`, [key, key.toUpperCase(), expect.stringMatching(/^6f1c/)], [key.replace('6', '7')]],
  [
    'data',
    `'{"b": [1, {"c": null}], "a": "x"}'`,
    [
      { a: 'x', b: [1, { c: null }] },
      { a: expect.any(String), b: expect.anything() },
      expect.objectContaining({ a: 'x' }),
    ],
    [{ a: 'x' }, { a: 'x', b: [1, { c: 1 }] }, { a: 'x', b: [{ c: null }, 1] }],
  ],
  ['data', `'"text"'`, ['text'], ['"text"']],
  ['data', `'{"at": "2026-01-01T00:00:00.000Z"}'`, [{ at: new Date('2026-01-01T00:00:00Z') }], [{ at: new Date(0) }]],
  ['raw', `'{"a":   1}'`, [{ a: 1 }], [{ a: 2 }]],
  ['bytes', "'\\x00ff10'", [Buffer.from([0, 255, 16]), new Uint8Array([0, 255, 16]), '\\x00FF10'], [Buffer.from([0])]],
  ['span', "'[1,5]'", ['[1,6)', '[1,5]'], ['[1,5)']],
  ['place', "'(1,2)'", ['(1,2)'], ['(2,1)']],
  ['address', "'10.0.0.1'", ['10.0.0.1', '10.0.0.1/32'], ['10.0.0.2']],
  ['wait', "'90 minutes'", ['1:30:00', '90 minutes'], ['1 hour']],
  [
    'tags',
    `'{a,"b c",NULL,"d\\"e"}'`,
    [
      ['a', 'b c', null, 'd"e'],
      [expect.any(String), 'b c', null, 'd"e'],
    ],
    [['a'], []],
  ],
  [
    'grid',
    "'{{1,2},{3,4}}'",
    [
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      [
        [1, 2],
        [3, 5],
      ],
      [1, 2, 3, 4],
    ],
  ],
  ['moods', "'{sad,happy}'", [['sad', 'happy']], [['happy', 'sad']]],
  [
    'moments',
    "'{2026-01-01 00:00:00+00}'",
    [[new Date('2026-01-01T00:00:00Z')], ['2026-01-01T00:00:00Z']],
    [[new Date(0)]],
  ],
  ['name', 'NULL', [null], ['', expect.any(String), expect.anything()]],
]

describe('a value in the database equals what a person would write for it', () => {
  test.for(cases)('%s %s', async ([column, literal, same, other]) => {
    await insert(column, literal)
    const table = expectProbe(seat.db.table('things'))
    for (const value of same) {
      await table.toHaveRow({ [column]: value }, soon)
      await table.toHaveRows([{ [column]: value }], { ...soon, exact: true })
      await table.toHaveCount(1, { [column]: value }, soon)
    }
    for (const value of other) {
      await table.not.toHaveRow({ [column]: value }, soon)
      await table.toHaveCount(0, { [column]: value }, soon)
    }
  })
})

test('null in a json column is both SQL NULL and JSON null', async () => {
  await insert('data', "'null'")
  await expectProbe(seat.db.table('things')).toHaveRow({ data: null, raw: null }, soon)
})

test('two expected rows are not met by one', async () => {
  await insert('name, whole', "'a', 1")
  await insert('name, whole', "'a', 2")
  const table = expectProbe(seat.db.table('things'))
  await table.toHaveRows([{ name: 'a' }, { name: 'a', whole: 1 }], soon)
  await table.not.toHaveRows([{ whole: 1 }, { whole: 1 }], soon)
})

test('exact leaves no other rows, order sorts by columns', async () => {
  for (const whole of [2, 1, 3]) await insert('whole', String(whole))
  const table = expectProbe(seat.db.table('things'))
  await table.toHaveRows([{ whole: 1 }, { whole: 3 }], { ...soon, order: 'whole' })
  await table.not.toHaveRows([{ whole: 1 }, { whole: 3 }], { ...soon, order: 'whole desc' })
  await table.toHaveRows([{ whole: 3 }, { whole: 2 }, { whole: 1 }], {
    ...soon,
    order: ['whole desc', 'id'],
    exact: true,
  })
  await table.not.toHaveRows([{ whole: 1 }, { whole: 3 }], { ...soon, exact: true })
})
