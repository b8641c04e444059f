import { expect, test } from 'vitest'
import { folderWith } from '../lib/fixture.ts'
import { checkExports, compareNames, pinExports } from './exports.ts'

const manifest = JSON.stringify({
  exports: { '.': './dist/index.js', './http': './dist/http/index.js', './package.json': './package.json' },
})

const files = {
  'package.json': manifest,
  'src/index.ts': `export { b } from './b.ts'\nexport type { A } from './a.ts'\nexport function c(): void {}`,
  'src/http/index.ts': `export { type D, e as f } from './e.ts'`,
}

test('the list is what the sources export, values and types', () => {
  const pinned = { '.': ['b', 'c', 'type A'], './http': ['f', 'type D'] }
  const folder = folderWith({ ...files, 'scripts/checks/public-names.json': JSON.stringify(pinned) })
  expect(checkExports(folder)).toEqual([])
  pinExports(folder)
  expect(checkExports(folder)).toEqual([])
})

test('a name too many, a name too few and a type that became a value are told', () => {
  const pinned = { '.': ['a', 'type b'], './old': ['x'] }
  expect(compareNames(pinned, { '.': ['a', 'b', 'c'] })).toEqual([
    '. exports b, which is not pinned',
    '. exports c, which is not pinned',
    '. no longer exports type b',
    './old no longer exports x',
  ])
})

test.for(['default', '* from ./a.ts'])('%s is refused even when it is pinned', (name) => {
  expect(compareNames({ '.': [name] }, { '.': [name] })).toEqual([`. exports ${name}: export every name by itself`])
})
