import { expect, test } from 'vitest'
import { folderWith } from '../lib/fixture.ts'
import { checkComments } from './comments.ts'

const check = (text: string, file = 'room/a.ts'): string[] => checkComments(folderWith({ [file]: text }))

test.for([
  ['function', 'export function it(): void {}'],
  ['async function', 'export async function it(): Promise<void> {}'],
  ['class', 'export class it {}'],
  ['abstract class', 'export abstract class it {}'],
  ['interface', 'export interface it {}'],
  ['type', 'export type it = 1'],
  ['constant', 'export const it = 1'],
  ['default function', 'export default function it(): void {}'],
])('an exported %s without a doc comment fails, and passes with one', ([, text]) => {
  expect(check(`\n${text}`)).toEqual(['src/room/a.ts:2: it is exported without a doc comment: say what it is for'])
  expect(check(`/** Why. */\n${text}`)).toEqual([])
})

test.for([
  ['an ordinary comment', '// Why.'],
  ['a block that is none', '/* Why. */'],
  ['an empty one', '/** */'],
  ['one of something else', '/** Why. */\nconst other = 1'],
])('%s does not count', ([, before]) => {
  expect(check(`${before}\nexport const it = 1`)).toHaveLength(1)
})

test('overloads need one, for the first of them', () => {
  const overloads =
    'export function it(a: 1): 1\nexport function it(a: 2): 2\nexport function it(a: 1 | 2) { return a }'
  expect(check(`/** Why. */\n${overloads}`)).toEqual([])
  expect(check(overloads).length).toBeGreaterThan(0)
})

test('what is only handed on, what stays inside, and tests need none', () => {
  expect(check(`export { a, type B } from './b.ts'\nexport type { C } from './c.ts'\nconst inside = 1`)).toEqual([])
  expect(check('export const it = 1', 'room/a.test.ts')).toEqual([])
})
