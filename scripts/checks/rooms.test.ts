import { describe, expect, test } from 'vitest'
import { folderWith } from '../lib/fixture.ts'
import type { Room } from './room-map.ts'
import { checkRooms } from './rooms.ts'

const map: Readonly<Record<string, Room>> = {
  base: { rooms: [], packages: [] },
  kafka: { rooms: ['base'], packages: ['kafkajs'] },
  redis: { rooms: ['base'], packages: [] },
  engine: { rooms: ['base'], packages: [], ambient: true },
  entry: { rooms: ['base', 'engine'], packages: [] },
}

const check = (files: Readonly<Record<string, string>>): string[] => checkRooms(folderWith(files), map)

describe('rooms', () => {
  test('what the map allows passes', () => {
    const problems = check({
      'index.ts': `export { start } from './engine/start.ts'`,
      'base/a.ts': `import { join } from 'node:path'\nexport const a = join`,
      'engine/start.ts': `import { a } from '../base/a.ts'\nexport const start = () => [a, process.env.HOME, Date.now()]`,
      'kafka/k.ts': `import { Kafka } from 'kafkajs'\nimport type { A } from '../base/a.ts'\nexport const k = Kafka`,
    })
    expect(problems).toEqual([])
  })

  test.for([
    ['import', `import { r } from '../redis/r.ts'`],
    ['type import', `import type { R } from '../redis/r.ts'`],
    ['inline type import', `import { type R } from '../redis/r.ts'`],
    ['side effect', `import '../redis/r.ts'`],
    ['export from', `export { r } from '../redis/r.ts'`],
    ['export type from', `export type { R } from '../redis/r.ts'`],
    ['export everything', `export * from '../redis/r.ts'`],
    ['import()', `const r = await import('../redis/r.ts')`],
    ['import() of a template', 'const r = await import(`../redis/r.ts`)'],
    ['import type expression', `export type R = import('../redis/r.ts').R`],
    ['module by URL', `new URL('../redis/r' + '.ts', import.meta.url)`],
  ])('a service room that reaches into another by %s fails', ([, text]) => {
    const problems = check({ 'kafka/k.ts': `\n${text}\n`, 'redis/r.ts': 'export const r = 1; export type R = 1' })
    expect(problems).toEqual([expect.stringMatching(/^src\/kafka\/k.ts:2: room kafka must not import room redis \(/)])
  })

  test('a service room that imports the engine fails', () => {
    const problems = check({
      'kafka/k.ts': `import type { E } from '../engine/e.ts'`,
      'engine/e.ts': 'export type E = 1',
    })
    expect(problems).toEqual(['src/kafka/k.ts:1: room kafka must not import room engine (../engine/e.ts)'])
  })

  test('a package of another room fails, also by a subpath', () => {
    const problems = check({ 'redis/r.ts': `import 'kafkajs'\nimport '@scope/name/sub'` })
    expect(problems).toEqual([
      'src/redis/r.ts:1: room redis must not import the package kafkajs',
      'src/redis/r.ts:2: room redis must not import the package @scope/name',
    ])
  })

  test('a folder that the map does not know fails', () => {
    expect(check({ 'attic/a.ts': '' })).toEqual(['src/attic/a.ts: room attic is not in scripts/checks/room-map.ts'])
  })

  test('a path out of the sources fails', () => {
    expect(check({ 'base/a.ts': `import '../../bench/x.ts'` })).toEqual([
      'src/base/a.ts:1: imports ../../bench/x.ts, which is outside src',
    ])
  })

  test('a test may import what tests share, and any package', () => {
    const text = `import '../../tests/share.ts'\nimport 'kafkajs'`
    expect(check({ 'base/a.test.ts': text, 'base/a.ts': text })).toEqual([
      'src/base/a.ts:1: imports ../../tests/share.ts, which is outside src',
      'src/base/a.ts:2: room base must not import the package kafkajs',
    ])
  })

  test('a computed import() fails outside the engine', () => {
    const text = 'export const load = (path: string) => import(path)'
    expect(check({ 'base/a.ts': text, 'engine/a.ts': text })).toEqual([
      'src/base/a.ts:1: import() of a path that is computed: the rooms cannot be checked',
    ])
  })
})

describe('environment, clock and console', () => {
  test.for([
    ['process.env', 'process.env.HOME'],
    ['process.env', `process['env']`],
    ['process.stdout', `process.stdout.write('')`],
    ['console.log', `console.log('')`],
    ['Date.now', 'Date.now()'],
    ['new Date()', 'new Date()'],
    ['Date()', 'Date()'],
  ])('%s fails outside engine and cli', ([what, text]) => {
    const problems = check({
      'base/a.ts': `export const a = () => ${text}`,
      'engine/a.ts': `export const a = () => ${text}`,
    })
    expect(problems).toEqual([`src/base/a.ts:1: ${what} is read in engine and cli alone; take it as an argument`])
  })

  test('by a named import it fails as well', () => {
    expect(check({ 'base/a.ts': `import { env as all } from 'node:process'\nexport const a = all` })).toEqual([
      'src/base/a.ts:1: process.env is read in engine and cli alone; take it as an argument',
    ])
  })

  test('a given date, a timer for durations and names in comments or strings pass', () => {
    const text = `// process.env\nexport const a = () => [new Date(0), performance.now(), 'Date.now()']`
    expect(check({ 'base/a.ts': text })).toEqual([])
  })
})

describe('cycles', () => {
  test('of files', () => {
    const problems = check({
      'base/a.ts': `import { b } from './b.ts'\nexport const a = () => b`,
      'base/b.ts': `import { c } from './c.ts'\nexport const b = () => c`,
      'base/c.ts': `import { a } from './a.ts'\nexport const c = () => a`,
    })
    expect(problems).toEqual(['cycle of files: base/a.ts, base/b.ts, base/c.ts'])
  })

  test('of files by type imports alone', () => {
    const problems = check({
      'base/a.ts': `import type { B } from './b.ts'\nexport type A = B`,
      'base/b.ts': `import type { A } from './a.ts'\nexport type B = A`,
    })
    expect(problems).toEqual(['cycle of files: base/a.ts, base/b.ts'])
  })

  test('of a file that imports itself', () => {
    expect(check({ 'base/a.ts': `import './a.ts'` })).toEqual(['cycle of files: base/a.ts'])
  })

  test('of rooms, even where no files form one', () => {
    const both: Readonly<Record<string, Room>> = {
      left: { rooms: ['right'], packages: [] },
      right: { rooms: ['left'], packages: [] },
    }
    const folder = folderWith({
      'left/a.ts': `import '../right/a.ts'`,
      'left/b.ts': '',
      'right/a.ts': '',
      'right/b.ts': `import type {} from '../left/b.ts'`,
    })
    expect(checkRooms(folder, both)).toEqual(['cycle of rooms: left, right'])
  })

  test('modules by URL, which another process loads, close none', () => {
    const problems = check({
      'base/a.ts': `export const path = new URL('./b.ts', import.meta.url)`,
      'base/b.ts': `import { path } from './a.ts'\nexport const b = path`,
    })
    expect(problems).toEqual([])
  })
})
