import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type MigrationsOptions, type MigrationWalk, migrations } from '../../../src/postgres/index.ts'
import { type Lab, openSeat } from '../postgres-probes/lab.ts'

let number = 0

/** Writes files into a folder of their own under the project, and gives its name. */
export async function filesIn(lab: Lab, contents: Readonly<Record<string, string>>): Promise<string> {
  number += 1
  const folder = `m${number}`
  for (const [name, content] of Object.entries(contents)) {
    const path = join(lab.projectRoot, folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }
  return folder
}

/** Walks migrations that are written in files; the names of files are those of the steps. */
export async function walking<T>(
  lab: Lab,
  contents: Readonly<Record<string, string>>,
  work: (walk: MigrationWalk) => Promise<T>,
): Promise<T> {
  const seat = await openSeat(lab, '', { migrate: await filesIn(lab, contents) })
  try {
    return await work(await migrations(seat.db))
  } finally {
    await seat.close()
  }
}

/** The same for migrations that a baseline could not be built of: they are given as steps. */
export async function walkingSteps<T>(
  lab: Lab,
  options: MigrationsOptions,
  work: (walk: MigrationWalk) => Promise<T>,
): Promise<T> {
  const seat = await openSeat(lab, '')
  try {
    return await work(await migrations(seat.db, options))
  } finally {
    await seat.close()
  }
}
