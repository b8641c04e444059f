import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exceptions, judgeSkipped } from './left-out.ts'
import { root } from './root.ts'

const file = 'tests/integration/provision/directories.test.ts'
const name = 'secureDirectory takes nothing that somebody else put there'

test('what needs root is excused where there is none', () => {
  const ordinary = judgeSkipped([{ file, name }], { root: false, platform: 'linux' })
  expect(ordinary).toEqual({ excused: [`${file}: ${name} (needs root)`], unexcused: [] })
})

test('what could have run is not', () => {
  const asRoot = judgeSkipped([{ file, name }], { root: true, platform: 'linux' })
  expect(asRoot).toEqual({ excused: [], unexcused: [`${file}: ${name}`] })
})

test('nor is anything that is not on the list, or the same title elsewhere', () => {
  const skipped = [
    { file, name: 'secureDirectory is planned' },
    { file: 'src/a.test.ts', name },
  ]
  expect(judgeSkipped(skipped, { root: false, platform: 'linux' })).toMatchObject({ excused: [] })
})

test.for(exceptions)('$title is a test that runs on a condition', (exception) => {
  const lines = readFileSync(join(root, exception.file), 'utf8').split('\n')
  const at = lines.findIndex((line) => line.includes(`'${exception.title}'`))
  expect(lines.slice(Math.max(at - 1, 0), at + 1).join('\n')).toContain('test.runIf(')
})
