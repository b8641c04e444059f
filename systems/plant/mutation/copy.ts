import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { applyEdit, type Mutant } from './mutant.ts'

const plant = join(import.meta.dirname, '..')
/** Inside of Plant's folder, so that packages are found from it; one for each run. */
export const copy: string = join(plant, `.mutants-${process.pid}`)
/** What tests need of Plant. */
const parts = ['backlot.config.ts', 'migrations', 'package.json', 'src', 'tests', 'vitest.config.ts']

/** A copy of Plant to break; returns what removes it. */
export async function createCopy(): Promise<() => Promise<void>> {
  await rm(copy, { recursive: true, force: true })
  for (const part of parts) await cp(join(plant, part), join(copy, part), { recursive: true })
  return () => rm(copy, { recursive: true, force: true })
}

/** Breaks the copy; returns what mends it. */
export async function breakCopy({ edits }: Mutant): Promise<() => Promise<void>> {
  const whole = new Map<string, string>()
  const mend = async (): Promise<void> => {
    for (const [path, content] of whole) await writeFile(path, content)
  }
  try {
    for (const edit of edits) {
      const path = join(copy, edit.file)
      const content = await readFile(path, 'utf8')
      if (!whole.has(path)) whole.set(path, content)
      await writeFile(path, applyEdit(content, edit))
    }
  } catch (error) {
    await mend()
    throw error
  }
  return mend
}
