import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { backlotTest } from 'backlot/vitest'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'
import {
  applyMigrations,
  currentMigration,
  listMigrations,
  migrationsFolder,
} from '../../src/persistence/migrations.ts'

const { test, expect } = backlotTest(backlot)

describe('migrations', () => {
  /** The schema of the tests is there already, so these go to one of their own. */
  function inSchema(url: string, schema: string): string {
    const own = new URL(url)
    own.searchParams.set('options', `-c search_path=${schema}`)
    return own.href
  }

  async function withFolder(work: (folder: URL) => Promise<void>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'talk-migrations-'))
    try {
      await cp(migrationsFolder, folder, { recursive: true })
      await work(pathToFileURL(`${folder}/`))
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  test('each is applied once, in order; a failing one leaves nothing; an edited one is refused', async ({ db }) => {
    await db.sql`create schema migrated`
    const url = inSchema(db.ownerUrl, 'migrated')
    await withFolder(async (folder) => {
      const names = ['001_users.sql', '002_invites.sql', '003_sessions.sql']
      expect(await Promise.all([applyMigrations(url, folder), applyMigrations(url, folder)])).toContainEqual(names)
      expect(await applyMigrations(url, folder)).toEqual([])

      const broken = new URL('004_broken.sql', folder)
      await writeFile(broken, 'create table half (id int); select 1 / 0;')
      await expect(applyMigrations(url, folder)).rejects.toThrow(
        '004_broken.sql failed and left nothing: division by zero',
      )
      expect(await listMigrations(folder)).toEqual([...names, '004_broken.sql'])
      expect(await currentMigration(url)).toBe('003_sessions.sql')
      expect(await db.sql`select to_regclass('migrated.half') as half`).toEqual([{ half: null }])
      await rm(broken)

      await writeFile(new URL('002_invites.sql', folder), 'select 1')
      await expect(applyMigrations(url, folder)).rejects.toThrow('002_invites.sql was changed after it was applied')
      await rm(new URL('001_users.sql', folder))
      await expect(applyMigrations(url, folder)).rejects.toThrow('001_users.sql was applied and is not in the folder')
    })
  })
  /** The command as a person runs it, with these variables alone. */
  async function migrate(command: string, env: Record<string, string>): Promise<string> {
    const file = fileURLToPath(new URL('../../src/commands/migrate.ts', import.meta.url))
    return (await promisify(execFile)(process.execPath, [file, command], { env })).stdout
  }

  test('how far a database is can be asked by a role that may only read, and changes nothing', async ({ db }) => {
    const before = await db.schema()
    expect(await migrate('current', { DATABASE__URL: db.url })).toBe('no migration was applied\n')
    expect(await db.schema()).toEqual(before)
  })

  test('the history needs no database', async () => {
    expect(await migrate('history', {})).toBe('001_users.sql\n002_invites.sql\n003_sessions.sql\n')
  })
})
