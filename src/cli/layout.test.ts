import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { columns, shellQuote, span } from './layout.ts'

test('a shell reads back what was quoted', () => {
  for (const value of ['plain', "it's", 'a "b" $c `d` \\ !', 'two\nlines', '']) {
    expect(execFileSync('sh', ['-c', `printf %s ${shellQuote(value)}`], { encoding: 'utf8' })).toBe(value)
  }
})

test('columns are aligned, without space at the end', () => {
  expect(
    columns([
      ['a', 'bb', 'c'],
      ['aaa', 'b', ''],
    ]),
  ).toEqual(['a    bb  c', 'aaa  b'])
  expect(columns([])).toEqual([])
})

test('spans', () => {
  expect([900_000, 120_000, 119_000, 1_000].map(span)).toEqual(['15 minutes', '2 minutes', '119 seconds', '1 second'])
})
