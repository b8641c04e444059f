import { expect, test } from 'vitest'
import { suiteHead, watchProject } from './watched-project.ts'

/** A table whose one row says which template a database is a clone of. */
const mark = 'create table template as select gen_random_uuid() as id;'
const notes = `${mark} create table notes (id bigint generated always as identity primary key, text text not null);`
const signedNotes = `${notes} alter table notes add author text not null default 'nobody';`

/** A suite with one test of this name: it must find no row of earlier runs, and writes one. */
const suite = (name: string, row: string): string => `${suiteHead}
  test('${name}', async ({ db, task }) => {
    const [template] = await db.sql\`select id from template\`
    Object.assign(task.meta, { template: template.id })
    await expect(db.table('notes')).toBeEmpty()
    await db.sql\`insert into notes (text) values ('written')\`
    await expect(db.table('notes')).toHaveRow(${row})
  })`

test('in watch mode an edited test runs on the same template, an edited migration makes another', {
  timeout: 300_000,
}, async () => {
  await using project = await watchProject({
    'migrations/001_notes.sql': notes,
    'suites/notes.ts': suite('as it was', "{ text: 'written' }"),
  })
  const first = await project.runOf('as it was')
  expect(first).toEqual({ tests: { 'as it was': 'passed' }, meta: expect.anything(), errors: [] })
  const { template } = first.meta
  expect(template).toEqual(expect.any(String))

  await project.save('suites/notes.ts', suite('edited', "{ text: 'written' }"))
  const second = await project.runOf('edited')
  expect(second).toMatchObject({ tests: { edited: 'passed' }, meta: { template }, errors: [] })

  await project.save('migrations/001_notes.sql', signedNotes)
  await project.save('suites/notes.ts', suite('with its migration', "{ text: 'written', author: 'nobody' }"))
  const third = await project.runOf('with its migration')
  expect(third).toMatchObject({ tests: { 'with its migration': 'passed' }, errors: [] })
  expect(third.meta.template).not.toEqual(template)

  await project.save('migrations/001_notes.sql', notes)
  await project.save('suites/notes.ts', suite('taken back', "{ text: 'written' }"))
  // As after going back to another branch: its template is there still.
  const fourth = await project.runOf('taken back')
  expect(fourth).toMatchObject({ tests: { 'taken back': 'passed' }, meta: { template }, errors: [] })
})
