import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { publicNames } from '../../scripts/checks/exports.ts'
import { type Packed, packPackage } from '../../scripts/lib/pack.ts'
import { root } from '../../scripts/lib/root.ts'
import { runQuietly } from '../../scripts/lib/run.ts'

const manifest: {
  readonly version: string
  readonly exports: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json')
const nameOf = (subpath: string): string => subpath.replace('.', 'backlot')

/** A project of a user, with the packed package and the given others installed in it. */
async function project(tarball: string, others: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'backlot-user-'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }))
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  const installed = await runQuietly('npm', ['install', ...flags, tarball, ...others], { cwd: folder })
  if (installed.code !== 0) throw new Error(installed.output)
  return folder
}

/** Runs a module's text in a folder and takes what it prints. */
async function evaluate(folder: string, text: string): Promise<string> {
  const { code, output } = await runQuietly('node', ['--input-type=module', '--eval', text], { cwd: folder })
  if (code !== 0) throw new Error(output)
  return output.trim()
}

let packed: Packed
let alone: string
let complete: string

beforeAll(async () => {
  packed = await packPackage()
  const peers = ['pg', 'vitest', 'typescript', '@types/node', '@types/pg'].map(
    (name) => `${name}@${manifest.devDependencies[name]}`,
  )
  ;[alone, complete] = await Promise.all([project(packed.tarball, []), project(packed.tarball, peers)])
  // pg-logical-replication brings a pg of its own along, which a user without Postgres need not have.
  rmSync(join(alone, 'node_modules', 'pg'), { recursive: true })
})

afterAll(async () => {
  await packed[Symbol.asyncDispose]()
  for (const folder of [alone, complete]) rmSync(folder, { recursive: true, force: true })
})

describe('installed without any driver', () => {
  test('the main entry loads', async () => {
    expect(await evaluate(alone, `import { defineBacklot } from 'backlot'; console.log(typeof defineBacklot)`)).toBe(
      'function',
    )
  })

  test('a missing driver is told with the command that gets it', async () => {
    const text = `
      import { defineBacklot, start } from 'backlot'
      import { postgres } from 'backlot/postgres'
      try { await start(defineBacklot({ services: { db: postgres() } })) } catch (error) { console.log(error.code, error.hint) }`
    expect(await evaluate(alone, text)).toMatch(/^BACKLOT_DRIVER_MISSING .*npm install .*pg/)
  })

  test('the command prints its version', async () => {
    const { output } = await runQuietly('npx', ['--no-install', 'backlot', '--version'], { cwd: alone })
    expect(output.trim().split('\n').at(-1)).toBe(manifest.version)
  })
})

describe('installed with its peers', () => {
  // A file of tests is the only place where the Vitest entry loads.
  test.for(subpaths.filter((subpath) => subpath !== './vitest'))('%s exports what is pinned', async (subpath) => {
    const names = await evaluate(
      complete,
      `import * as entry from '${nameOf(subpath)}'; console.log(JSON.stringify(Object.keys(entry).sort()))`,
    )
    const values = publicNames(root)[subpath]?.filter((name) => !name.startsWith('type '))
    expect(JSON.parse(names)).toEqual(values)
  })

  test('./vitest exports what is pinned, in a test file', async () => {
    const values = publicNames(root)['./vitest']?.filter((name) => !name.startsWith('type '))
    mkdirSync(join(complete, 'tests'), { recursive: true })
    writeFileSync(
      join(complete, 'tests', 'names.test.js'),
      `import { expect, test } from 'vitest'
import * as entry from 'backlot/vitest'
test('names', () => { expect(Object.keys(entry).sort()).toEqual(${JSON.stringify(values)}) })`,
    )
    expect(await runQuietly('npx', ['--no-install', 'vitest', 'run'], { cwd: complete })).toMatchObject({ code: 0 })
  })

  test("a user's compiler finds the types of every entry", async () => {
    const imports = subpaths.map((subpath, index) => `export * as entry${index} from '${nameOf(subpath)}'`)
    writeFileSync(join(complete, 'use.ts'), imports.join('\n'))
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node']
    expect(await runQuietly('npx', ['--no-install', 'tsc', ...flags, 'use.ts'], { cwd: complete })).toMatchObject({
      code: 0,
      output: expect.not.stringContaining('error'),
    })
  })

  test('nothing but the build, the manifest and the texts is in it', async () => {
    const listed = await runQuietly('tar', ['-tzf', packed.tarball])
    const strangers = listed.output
      .split('\n')
      .filter((path) => path !== '' && !/^package\/(dist\/|package\.json$|README\.md$|LICENSE$)/.test(path))
    expect(strangers).toEqual([])
    expect(listed.output).not.toMatch(/\.test\./)
  })
})
