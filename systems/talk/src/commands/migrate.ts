import { loadSettings } from '../config/settings.ts'
import { applyMigrations, currentMigration, listMigrations } from '../persistence/migrations.ts'

const usage = `npm run migrate -- [up | current | history]
  up       applies what the database lacks (default)
  current  prints the last migration that it has
  history  prints all that there are; needs no database
`

/** Brings the schema of `DATABASE__URL` up to date, or says how far it is. */
async function main(command: string): Promise<void> {
  const print = (line: string): void => void process.stdout.write(`${line}\n`)
  const url = (): string => loadSettings(process.env).databaseUrl
  if (command === 'up') {
    const applied = await applyMigrations(url())
    print(applied.length === 0 ? 'nothing to apply' : `applied ${applied.join(', ')}`)
  } else if (command === 'current') {
    print((await currentMigration(url())) ?? 'no migration was applied')
  } else if (command === 'history') {
    for (const name of await listMigrations()) print(name)
  } else {
    throw new Error(usage)
  }
}

try {
  await main(process.argv[2] ?? 'up')
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
