import { expect, test } from 'vitest'
import { folderWith } from '../lib/fixture.ts'
import { checkSystems } from './systems.ts'

test('a system whose tests import the package by its name passes', () => {
  const folder = folderWith({
    'shop/backlot.config.ts': `import { defineBacklot } from 'backlot'\nimport { app } from './src/app.ts'`,
    'shop/tests/a.test.ts': `import { backlotTest } from 'backlot/vitest'\nimport '../backlot.config.ts'`,
    'shop/src/app.ts': `import { a } from './a.ts'`,
    'shop/node_modules/x/src/x.ts': `import 'backlot'`,
  })
  expect(checkSystems(folder)).toEqual([])
})

test('src that imports the package fails, types too', () => {
  const folder = folderWith({ 'shop/src/app.ts': `import 'backlot'\nimport type { A } from 'backlot/http'` })
  expect(checkSystems(folder)).toEqual([
    'systems/shop/src/app.ts:1: src must not import backlot',
    'systems/shop/src/app.ts:2: src must not import backlot',
  ])
})

test('a path into another folder of the repository fails', () => {
  const folder = folderWith({ 'shop/tests/a.test.ts': `import '../../../src/index.ts'` })
  expect(checkSystems(folder)).toEqual([
    'systems/shop/tests/a.test.ts:1: ../../../src/index.ts is outside shop; import backlot by its name',
  ])
})
