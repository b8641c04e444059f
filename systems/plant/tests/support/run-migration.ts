import { readFile } from 'node:fs/promises'
import type { Sql } from 'backlot/postgres'

/** Runs one of Plant's migrations once more: `004_embeddings`. */
export async function runMigration(sql: Sql, name: string): Promise<void> {
  const text = await readFile(new URL(`../../migrations/${name}.up.sql`, import.meta.url), 'utf8')
  await sql(Object.assign([text], { raw: [text] }))
}
