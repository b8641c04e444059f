import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectProbe } from '../../../src/expect/index.ts'
import { accessMatrix, type DatabaseCopy, mutatePolicies } from '../../../src/postgres/index.ts'
import { failureOf, type Lab, openLab, type Seat } from '../postgres-probes/lab.ts'
import { notesSchema, seated } from './lab.ts'

let lab: Lab
beforeAll(async () => {
  lab = await openLab()
})
afterAll(() => lab.stop())

const onNotes = (work: (seat: Seat) => Promise<void>): Promise<void> => seated(lab, notesSchema, work)

/** What one agent sees, which says nothing of writes, of anon and of the owner. */
async function seesItsOwn(copy: DatabaseCopy<unknown>): Promise<void> {
  const rows = await copy.as('app', { claims: { 'app.agent': 'genesis' } })`SELECT agent FROM notes`
  expect(rows).toEqual([{ agent: 'genesis' }])
}

describe('mutated policies', () => {
  test('are told that no check would miss', () =>
    onNotes(async ({ db }) => {
      const mutation = await mutatePolicies(db, seesItsOwn)
      expect(mutation.killed.map(({ name }) => name)).toEqual([
        'notes: row-level security disabled',
        'notes: policy own dropped',
        'notes: policy own with USING inverted',
        'notes: policy own with USING (true)',
      ])
      expect(mutation.killed[0]).toMatchObject({ table: 'notes', by: expect.stringContaining('to deeply equal') })
      expect(await failureOf(async () => expectProbe(mutation).toHaveNoSurvivors())).toMatchInlineSnapshot(`
        "Expected the check to notice every mutant of the policies, but 6 of 10 survived:

          notes: row-level security not forced on the owner
            in force: ALTER TABLE public.notes FORCE ROW LEVEL SECURITY
            became:   ALTER TABLE public.notes NO FORCE ROW LEVEL SECURITY

          notes: policy curators dropped
            in force: CREATE POLICY "curators" ON public.notes FOR ALL TO backlot_owner USING (true)
            became:   DROP POLICY "curators" ON public.notes

          notes: policy curators with USING inverted
            in force: CREATE POLICY "curators" ON public.notes FOR ALL TO backlot_owner USING (true)
            became:   ALTER POLICY "curators" ON public.notes USING (NOT (true))

          notes: policy published dropped
            in force: CREATE POLICY "published" ON public.notes FOR SELECT TO anon USING (published)
            became:   DROP POLICY "published" ON public.notes

          notes: policy published with USING inverted
            in force: CREATE POLICY "published" ON public.notes FOR SELECT TO anon USING (published)
            became:   ALTER POLICY "published" ON public.notes USING (NOT (published))

          notes: policy published with USING (true)
            in force: CREATE POLICY "published" ON public.notes FOR SELECT TO anon USING (published)
            became:   ALTER POLICY "published" ON public.notes USING (true)"
      `)
      await expectProbe(mutation).not.toHaveNoSurvivors()
    }))

  test('are all noticed by the whole matrix, but for one that changes nothing', () =>
    onNotes(async ({ db }) => {
      await db.sql`GRANT ALL ON notes TO anon`
      const mutation = await mutatePolicies(
        db,
        async (copy) => {
          const matrix = await accessMatrix(copy.table('notes'), {
            roles: {
              genesis: { as: 'app', claims: { 'app.agent': 'genesis' } },
              nobody: { as: 'app' },
              anon: {},
              owner: {},
            },
            own: { agent: 'genesis', body: 'sample' },
            foreign: { agent: 'other', body: 'sample', published: true },
          })
          const all = ['select', 'insert', 'update', 'delete'] as const
          await expectProbe(matrix).toGrant({
            genesis: { own: all },
            anon: { foreign: ['select'] },
            owner: { own: all, foreign: all },
          })
        },
        { of: 'baseline' },
      )
      const except = ['notes: row-level security not forced on the owner']
      await expectProbe(mutation).toHaveNoSurvivors({ except })
      expect(mutation.survived.map(({ name }) => name)).toEqual(except)
      expect(String(mutation)).toBe('9 mutants of policies killed, 1 survived')
    }))

  test('leave the database of the test as it is, which the copies start as', () =>
    onNotes(async ({ db }) => {
      await db.as('owner')`INSERT INTO notes (agent, body) VALUES ('new', 'note')`
      const seen: unknown[] = []
      await mutatePolicies(db, async ({ sql }) => {
        const [row] = await sql<{ rows: number }>`SELECT count(*)::int AS rows FROM notes`
        seen.push(row?.rows)
        await sql`DELETE FROM notes`
      })
      expect(new Set(seen)).toEqual(new Set([3, 0]))
      expect(await db.sql`SELECT polname FROM pg_policy ORDER BY 1`).toEqual([
        { polname: 'curators' },
        { polname: 'own' },
        { polname: 'published' },
      ])
      await expectProbe(db.table('notes')).toHaveCount(3)
    }))

  test('are those of the tables that were named, WITH CHECK and restrictive ones too', () =>
    seated(
      lab,
      `CREATE SCHEMA other; CREATE TABLE other.t (a int); ALTER TABLE other.t ENABLE ROW LEVEL SECURITY;
       CREATE POLICY "Odd one" ON other.t AS RESTRICTIVE FOR UPDATE TO anon, backlot_app USING (a > 1) WITH CHECK (a > 2);
       CREATE TABLE u (a int); ALTER TABLE u ENABLE ROW LEVEL SECURITY`,
      async ({ db }) => {
        const { survived } = await mutatePolicies(db, () => {}, { tables: ['other.t'] })
        expect(survived.map(({ name, definition, statement }) => [name, definition, statement])).toMatchInlineSnapshot(`
          [
            [
              "other.t: row-level security disabled",
              "ALTER TABLE other.t ENABLE ROW LEVEL SECURITY",
              "ALTER TABLE other.t DISABLE ROW LEVEL SECURITY",
            ],
            [
              "other.t: policy Odd one dropped",
              "CREATE POLICY "Odd one" ON other.t AS RESTRICTIVE FOR UPDATE TO anon, backlot_app USING ((a > 1)) WITH CHECK ((a > 2))",
              "DROP POLICY "Odd one" ON other.t",
            ],
            [
              "other.t: policy Odd one with USING inverted",
              "CREATE POLICY "Odd one" ON other.t AS RESTRICTIVE FOR UPDATE TO anon, backlot_app USING ((a > 1)) WITH CHECK ((a > 2))",
              "ALTER POLICY "Odd one" ON other.t USING (NOT ((a > 1)))",
            ],
            [
              "other.t: policy Odd one with USING (true)",
              "CREATE POLICY "Odd one" ON other.t AS RESTRICTIVE FOR UPDATE TO anon, backlot_app USING ((a > 1)) WITH CHECK ((a > 2))",
              "ALTER POLICY "Odd one" ON other.t USING (true)",
            ],
            [
              "other.t: policy Odd one with WITH CHECK inverted",
              "CREATE POLICY "Odd one" ON other.t AS RESTRICTIVE FOR UPDATE TO anon, backlot_app USING ((a > 1)) WITH CHECK ((a > 2))",
              "ALTER POLICY "Odd one" ON other.t WITH CHECK (NOT ((a > 2)))",
            ],
            [
              "other.t: policy Odd one with WITH CHECK (true)",
              "CREATE POLICY "Odd one" ON other.t AS RESTRICTIVE FOR UPDATE TO anon, backlot_app USING ((a > 1)) WITH CHECK ((a > 2))",
              "ALTER POLICY "Odd one" ON other.t WITH CHECK (true)",
            ],
          ]
        `)
      },
    ))

  test('count as noticed when the check does not come to its end', () =>
    onNotes(async ({ db }) => {
      const mutation = await mutatePolicies(
        db,
        async ({ sql }) => {
          const [row] = await sql`SELECT FROM pg_class WHERE relname = 'notes' AND relrowsecurity`
          if (row === undefined) await sql`SELECT pg_sleep(60)`
        },
        { timeout: '2 s' },
      )
      expect(mutation.killed).toMatchObject([
        { name: 'notes: row-level security disabled', by: 'the check took longer than 2 s [BACKLOT_TIMEOUT]' },
      ])
    }))
})

test('a mutation needs a check that passes, policies, and names that are there', () =>
  onNotes(async ({ db }) => {
    expect(
      await failureOf(
        mutatePolicies(db, () => {
          throw new Error('no\nway')
        }),
      ),
    ).toMatchInlineSnapshot(`
      "the check fails without a mutation: no [BACKLOT_USAGE]
        → it must pass on a plain copy of the database, which is what it was given"
    `)
    expect(await failureOf(mutatePolicies(db, () => {}, { tables: ['note'] }))).toMatchInlineSnapshot(`
      "no table note has row-level security [BACKLOT_USAGE]
        → did you mean notes?"
    `)
    expect(await failureOf(mutatePolicies({} as never, () => {}))).toMatchInlineSnapshot(`
      "mutatePolicies needs a Postgres service of the config [BACKLOT_USAGE]
        → hand it the fixture: test('...', async ({ db }) => { mutatePolicies(db) })"
    `)
    const mutation = await mutatePolicies(db, seesItsOwn)
    expect(
      await failureOf(async () => expectProbe(mutation).toHaveNoSurvivors({ except: ['notes: policy own drop'] })),
    ).toMatchInlineSnapshot(`
      "there is no mutant 'notes: policy own drop' [BACKLOT_USAGE]
        → did you mean 'notes: policy own dropped'?"
    `)
  }))

test('a mutation that kills all says so under not', () =>
  seated(lab, 'CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY', async ({ db }) => {
    const mutation = await mutatePolicies(db, async ({ sql }) => {
      expect(await sql`SELECT FROM pg_class WHERE relname = 't' AND relrowsecurity`).toHaveLength(1)
    })
    await expectProbe(mutation).toHaveNoSurvivors()
    expect(await failureOf(async () => expectProbe(mutation).not.toHaveNoSurvivors())).toMatchInlineSnapshot(
      `"Expected the check to miss a mutant of the policies, but it noticed them all (1)"`,
    )
  }))

test('without row-level security there is nothing to mutate', () =>
  seated(lab, 'CREATE TABLE t (a int)', async ({ db }) => {
    expect(await failureOf(mutatePolicies(db, () => {}))).toMatchInlineSnapshot(`
      "no table has row-level security, so there is nothing to mutate [BACKLOT_USAGE]
        → ALTER TABLE ... ENABLE ROW LEVEL SECURITY; in a migration"
    `)
  }))
