import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { unpackWheel } from '../../../src/provision/index.ts'
import { exampleWheel } from './wheel-index.ts'

let folder: string
let wheel: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backlot-unpack-'))
  wheel = join(folder, 'example.whl')
  writeFileSync(wheel, exampleWheel())
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const found = () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()

test('takes what has a place, and nothing else', async () => {
  await unpackWheel(wheel, folder, (path) => (path.endsWith('/LICENSE') ? 'license/example' : undefined))
  expect(found()).toEqual(['example.whl', 'license', 'license/example'])
  expect(readFileSync(join(folder, 'license', 'example'), 'utf8')).toBe('free')
})

test('leaves its folder for no name', async () => {
  const outside = unpackWheel(wheel, join(folder, 'in'), (path) => (path.endsWith('/LICENSE') ? '../out' : undefined))
  await expect(outside).rejects.toThrow('would leave')
  expect(found()).toEqual(['example.whl'])
})

test('replaces nothing', async () => {
  writeFileSync(join(folder, 'mine'), 'mine')
  const over = unpackWheel(wheel, folder, (path) => (path.endsWith('/LICENSE') ? 'mine' : undefined))
  await expect(over).rejects.toMatchObject({ code: 'EEXIST' })
  expect(readFileSync(join(folder, 'mine'), 'utf8')).toBe('mine')
})
