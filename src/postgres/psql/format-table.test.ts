import { expect, test } from 'vitest'
import { formatTable } from './format-table.ts'

test('rows read as a table', () => {
  expect(
    formatTable(
      ['id', 'handle'],
      [
        ['1', 'bob'],
        ['20', null],
        ['3', `two\nlines ${'x'.repeat(80)}`],
      ],
    ).join('\n'),
  ).toMatchInlineSnapshot(`
    " id | handle
    ----+--------------------------------------------------------------
     1  | bob
     20 | <null>
     3  | two↵lines xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
    (3 rows)"
  `)
  expect(formatTable(['n'], []).join('\n')).toMatchInlineSnapshot(`
    " n
    ---
    (no rows)"
  `)
})
