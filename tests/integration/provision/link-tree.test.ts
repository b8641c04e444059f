import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { linkTree } from '../../../src/provision/index.ts'

let folder: string
let from: string
let to: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backlot-links-'))
  ;[from, to] = [join(folder, 'from'), join(folder, 'to')]
  mkdirSync(join(from, 'bin'), { recursive: true })
  writeFileSync(join(from, 'bin', 'program'), 'program')
  chmodSync(join(from, 'bin', 'program'), 0o755)
  symlinkSync('program', join(from, 'bin', 'alias'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('repeats files, links and folders at no cost, for everybody to read', async () => {
  const mask = process.umask(0o077)
  try {
    await linkTree(from, to)
  } finally {
    process.umask(mask)
  }
  const program = statSync(join(to, 'bin', 'program'))
  expect(program.ino).toBe(statSync(join(from, 'bin', 'program')).ino)
  expect(program.mode & 0o777).toBe(0o755)
  expect(readlinkSync(join(to, 'bin', 'alias'))).toBe('program')
  expect(statSync(join(to, 'bin')).mode & 0o777).toBe(0o755)
})

test.runIf(process.platform === 'linux' && statSync('/dev/shm').dev !== statSync(tmpdir()).dev)(
  'copies where there are no links from one disk to the other',
  async () => {
    const elsewhere = mkdtempSync('/dev/shm/backlot-links-')
    try {
      await linkTree(from, join(elsewhere, 'to'))
      const copy = join(elsewhere, 'to', 'bin', 'program')
      expect(readFileSync(copy, 'utf8')).toBe('program')
      expect(statSync(copy).mode & 0o777).toBe(0o755)
    } finally {
      rmSync(elsewhere, { recursive: true })
    }
  },
)

test('lays a second folder over the first, and never replaces what is there', async () => {
  const more = join(folder, 'more')
  mkdirSync(join(more, 'lib'), { recursive: true })
  writeFileSync(join(more, 'lib', 'added'), 'added')
  await linkTree(from, to)
  await linkTree(more, to)
  expect(readFileSync(join(to, 'lib', 'added'), 'utf8')).toBe('added')
  await expect(linkTree(from, to)).rejects.toMatchObject({ code: 'EEXIST' })
})
