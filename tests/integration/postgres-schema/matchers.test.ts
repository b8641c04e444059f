import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callMatcher, expectProbe } from '../../../src/expect/index.ts'
import { failureOf, type Lab, openLab, openSeat, type Seat } from '../postgres-probes/lab.ts'

const schema = `
  CREATE TYPE status AS ENUM ('draft', 'live');
  CREATE TABLE teams (id int, region text, PRIMARY KEY (id, region));
  CREATE TABLE skills (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant int NOT NULL,
    email varchar(255),
    title text NOT NULL DEFAULT 'none' CHECK (title <> ''),
    state status NOT NULL DEFAULT 'draft',
    price numeric(10, 2) CONSTRAINT price_positive CHECK (price > 0),
    number int GENERATED ALWAYS AS IDENTITY,
    upper_title text GENERATED ALWAYS AS (upper(title)) STORED,
    tags text[],
    seen timestamptz DEFAULT now(),
    deleted_at timestamptz,
    team_id int,
    region text,
    parent uuid REFERENCES skills ON DELETE CASCADE,
    CONSTRAINT skills_email_key UNIQUE (tenant, email),
    CONSTRAINT skills_team FOREIGN KEY (team_id, region) REFERENCES teams (id, region) ON UPDATE SET NULL DEFERRABLE
  );
  CREATE UNIQUE INDEX skills_live ON skills (lower(title)) WHERE deleted_at IS NULL;
  CREATE INDEX skills_tags ON skills USING gin (tags);
  CREATE INDEX skills_seen ON skills (tenant, seen DESC) INCLUDE (email) WITH (fillfactor = 80);
  CREATE INDEX skills_prefix ON skills (title text_pattern_ops);
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.seen := now(); RETURN NEW; END';
  CREATE TRIGGER touched BEFORE INSERT OR UPDATE ON skills FOR EACH ROW EXECUTE FUNCTION touch();
  ALTER TABLE skills ENABLE ROW LEVEL SECURITY;
  ALTER TABLE skills FORCE ROW LEVEL SECURITY;
  CREATE POLICY own ON skills FOR SELECT USING (tenant = current_setting('app.tenant')::int);
  CREATE POLICY added ON teams FOR INSERT WITH CHECK (id > 0);
`

let lab: Lab
let seat: Seat
beforeAll(async () => {
  lab = await openLab()
  seat = await openSeat(lab, schema)
})
afterAll(async () => {
  await seat?.close()
  await lab?.stop()
})

const of = (name: string) => expectProbe(seat.db.table(name))
const fails = (run: () => Promise<unknown>) => failureOf(run)

describe('toHaveColumn', () => {
  test('finds what is there', async () => {
    const skills = of('skills')
    await skills.toHaveColumn('email')
    await skills.toHaveColumn('email', { type: 'varchar(255)', nullable: true, default: null })
    await skills.toHaveColumn('email', { type: /^character varying/ })
    await skills.toHaveColumn('title', { type: 'text', nullable: false, default: "'none'" })
    await skills.toHaveColumn('state', { type: 'status', default: "'draft'" })
    await skills.toHaveColumn('number', { type: 'int', identity: 'always', generated: false })
    await skills.toHaveColumn('upper_title', { generated: 'upper(title)', identity: false })
    await skills.toHaveColumn('seen', { type: 'timestamptz', default: 'now()' })
    await skills.toHaveColumn('tags', { type: 'text[]' })
    await skills.not.toHaveColumn('colour')
    await skills.not.toHaveColumn('email', { nullable: false })
  })

  test('says what differs', async () => {
    expect(
      await fails(() => of('skills').toHaveColumn('email', { type: 'text', nullable: false, default: "''" })),
    ).toMatchInlineSnapshot(`
      "Expected skills to have a column with
        name: email
        type: text
        nullable: false
        default: ''
      but the closest is
        email: character varying(255)
        ✗ type: character varying(255), expected text
        ✗ nullable: true, expected false
        ✗ default: none, expected ''

      Other columns of skills:
        id: uuid not null default gen_random_uuid()
        tenant: integer not null
        title: text not null default 'none'::text
        state: status not null default 'draft'::status
        price: numeric(10,2)
        number: integer not null generated always as identity
        upper_title: text generated always as (upper(title)) stored
        tags: text[]
        seen: timestamp with time zone default now()
        deleted_at: timestamp with time zone
        team_id: integer
        region: text
        … and 1 more"
    `)
  })

  test('says which columns there are, and which is near', async () => {
    expect(await fails(() => of('teams').toHaveColumn('regoin', { type: 'text' }))).toMatchInlineSnapshot(`
      "Expected teams to have a column with
        name: regoin
        type: text
      but it has no such one

      The columns of teams:
        id: integer not null
        region: text not null

      Did you mean region?"
    `)
  })

  test('negated, says what is there', async () => {
    expect(await fails(() => of('teams').not.toHaveColumn('region', { type: 'text' }))).toMatchInlineSnapshot(`
      "Expected teams not to have a column with
        name: region
        type: text
      but there is
        region: text not null"
    `)
  })

  test('negated with an expectation, the column must be there', async () => {
    expect(await fails(() => of('teams').not.toHaveColumn('regoin', { type: 'text' }))).toMatchInlineSnapshot(`
      "table teams has no column regoin [BACKLOT_COLUMN_NOT_FOUND]
        → did you mean region?"
    `)
  })

  test('a table that is not there is refused', async () => {
    expect(await fails(() => of('skils').toHaveColumn('id'))).toMatchInlineSnapshot(`
      "there is no table skils in the database [BACKLOT_TABLE_NOT_FOUND]
        → did you mean skills?"
    `)
    expect(await fails(() => of('skils').not.toHaveColumn('id'))).toContain('BACKLOT_TABLE_NOT_FOUND')
  })
})

describe('keys', () => {
  test('finds primary keys', async () => {
    await of('skills').toHavePrimaryKey('id')
    await of('teams').toHavePrimaryKey(['region', 'id'], { name: 'teams_pkey' })
    await of('teams').not.toHavePrimaryKey(['id'])
  })

  test('says which primary key there is', async () => {
    expect(await fails(() => of('teams').toHavePrimaryKey(['id']))).toMatchInlineSnapshot(`
      "Expected teams to have a primary key with
        columns: id
      but the closest is
        teams_pkey: PRIMARY KEY (id, region)
        ✗ columns: id, region, expected id"
    `)
    expect(await fails(() => of('teams').not.toHavePrimaryKey())).toMatchInlineSnapshot(`
      "Expected teams not to have any primary key
      but there is
        teams_pkey: PRIMARY KEY (id, region)"
    `)
    expect(await fails(() => of('teams').not.toHavePrimaryKey('nr'))).toMatchInlineSnapshot(`
      "table teams has no column nr [BACKLOT_COLUMN_NOT_FOUND]
        → did you mean id?"
    `)
  })

  test('finds foreign keys', async () => {
    await of('skills').toHaveForeignKey('parent', { references: 'skills', column: 'id', onDelete: 'cascade' })
    await of('skills').toHaveForeignKey(['region', 'team_id'], {
      references: ['public', 'teams'],
      column: ['region', 'id'],
      onUpdate: 'set null',
      onDelete: 'no action',
      deferrable: true,
    })
    await of('skills').not.toHaveForeignKey('tenant')
    await of('skills').not.toHaveForeignKey(['team_id', 'region'], { column: ['region', 'id'] })
  })

  test('says which foreign keys there are', async () => {
    expect(
      await fails(() => of('skills').toHaveForeignKey('parent', { references: 'teams', onDelete: 'set null' })),
    ).toMatchInlineSnapshot(`
      "Expected skills to have a foreign key with
        columns: parent
        references: teams
        on delete: set null
      but the closest is
        skills_parent_fkey: FOREIGN KEY (parent) REFERENCES skills(id) ON DELETE CASCADE
        ✗ references: skills, expected teams
        ✗ on delete: cascade, expected set null

      Other foreign keys of skills:
        skills_team: FOREIGN KEY (team_id, region) REFERENCES teams(id, region) ON UPDATE SET NULL DEFERRABLE"
    `)
    expect(await fails(() => of('teams').toHaveForeignKey('id'))).toMatchInlineSnapshot(`
      "Expected teams to have a foreign key with
        columns: id
      but it has no foreign keys"
    `)
    expect(
      await fails(() => of('skills').not.toHaveForeignKey('parent', { references: 'team' })),
    ).toMatchInlineSnapshot(`
      "there is no table team in the database [BACKLOT_TABLE_NOT_FOUND]
        → did you mean teams?"
    `)
  })

  test('finds what is unique', async () => {
    await of('skills').toHaveUnique(['email', 'tenant'], { name: 'skills_email_key', nullsNotDistinct: false })
    await of('skills').toHaveUnique('id')
    await of('skills').toHaveUnique('lower(title)', { predicate: 'deleted_at is null' })
    await of('skills').not.toHaveUnique('lower(title)')
    await of('skills').not.toHaveUnique('email')
  })

  test('says what is unique', async () => {
    expect(await fails(() => of('skills').toHaveUnique('lower(title)'))).toMatchInlineSnapshot(`
      "Expected skills to have a unique constraint or index with
        columns: lower(title)
      but the closest is
        skills_live: unique btree (lower(title)) WHERE deleted_at IS NULL
        ✗ predicate: deleted_at IS NULL, expected none

      Other unique constraints and indexes of skills:
        skills_email_key: UNIQUE (tenant, email)
        skills_pkey: PRIMARY KEY (id)"
    `)
    expect(await fails(() => of('skills').toHaveUnique('email'))).toMatchInlineSnapshot(`
      "Expected skills to have a unique constraint or index with
        columns: email
      but it has no such one

      The unique constraints and indexes of skills:
        skills_email_key: UNIQUE (tenant, email)
        skills_live: unique btree (lower(title)) WHERE deleted_at IS NULL
        skills_pkey: PRIMARY KEY (id)"
    `)
  })
})

describe('toHaveCheck', () => {
  test('finds by name and by what it says', async () => {
    await of('skills').toHaveCheck('price_positive')
    await of('skills').toHaveCheck('price > 0')
    await of('skills').toHaveCheck({ name: 'price_positive', expression: 'price>0' })
    await of('skills').toHaveCheck({ expression: /title <>/ })
    await of('skills').not.toHaveCheck('price >= 0')
  })

  test('says which checks there are', async () => {
    expect(await fails(() => of('skills').toHaveCheck('price >= 0'))).toMatchInlineSnapshot(`
      "Expected skills to have a check with
        expression: price >= 0
      but the closest is
        price_positive: CHECK (price > 0::numeric)
        ✗ expression: price > 0::numeric, expected price >= 0

      Other checks of skills:
        skills_title_check: CHECK (title <> ''::text)"
    `)
    expect(
      await fails(() => of('skills').toHaveCheck({ name: 'price_positive', expression: 'price >= 0' })),
    ).toMatchInlineSnapshot(`
      "Expected skills to have a check with
        name: price_positive
        expression: price >= 0
      but the closest is
        price_positive: CHECK (price > 0::numeric)
        ✗ expression: price > 0::numeric, expected price >= 0

      Other checks of skills:
        skills_title_check: CHECK (title <> ''::text)"
    `)
  })
})

describe('toHaveIndex', () => {
  test('finds by name, columns and what else is asked', async () => {
    const skills = of('skills')
    await skills.toHaveIndex('skills_tags')
    await skills.toHaveIndex({ method: 'gin', columns: ['tags'], unique: false, predicate: null })
    await skills.toHaveIndex({ columns: ['tenant', 'seen desc'], include: ['email'], with: { fillfactor: 80 } })
    await skills.toHaveIndex({ columns: ['lower(title)'], unique: true, predicate: 'deleted_at IS NULL' })
    await skills.toHaveIndex({ columns: ['title'], operatorClass: 'text_pattern_ops' })
    await skills.toHaveIndex({ columns: ['title'], operatorClass: ['text_pattern_ops'] })
    await skills.not.toHaveIndex({ columns: ['seen'] })
    await skills.not.toHaveIndex({ columns: ['tenant desc', 'seen'] })
  })

  test('says which indexes there are', async () => {
    expect(
      await fails(() =>
        of('skills').toHaveIndex({ method: 'hnsw', columns: ['tags'], operatorClass: 'vector_ops', with: { m: 16 } }),
      ),
    ).toMatchInlineSnapshot(`
      "Expected skills to have an index with
        columns: tags
        method: hnsw
        operator class: vector_ops
        with: m=16
      but the closest is
        skills_tags: gin (tags)
        ✗ method: gin, expected hnsw
        ✗ operator class: array_ops, expected vector_ops
        ✗ with: none, expected m=16

      Other indexes of skills:
        skills_email_key: unique btree (tenant, email)
        skills_live: unique btree (lower(title)) WHERE deleted_at IS NULL
        skills_pkey: unique btree (id)
        skills_prefix: btree (title text_pattern_ops)
        skills_seen: btree (tenant, seen DESC) INCLUDE (email) WITH (fillfactor='80')"
    `)
    expect(await fails(() => of('teams').toHaveIndex({ columns: ['regoin'] }))).toMatchInlineSnapshot(`
      "table teams has no column regoin [BACKLOT_COLUMN_NOT_FOUND]
        → did you mean region?"
    `)
  })

  test('one that is invalid counts for none', async () => {
    await seat.push()
    await lab.admin('SELECT 1')
    await seat.db.sql`CREATE TABLE doubled (id int)`
    await seat.db.sql`INSERT INTO doubled VALUES (1), (1)`
    await seat.db.sql`CREATE UNIQUE INDEX CONCURRENTLY doubled_id ON doubled (id)`.catch(() => {})
    expect(await fails(() => of('doubled').toHaveIndex('doubled_id'))).toMatchInlineSnapshot(`
      "Expected doubled to have an index with
        name: doubled_id
      but the closest is
        doubled_id: unique btree (id) (invalid)
        ✗ valid: false (its CREATE INDEX CONCURRENTLY failed), expected true"
    `)
    await of('doubled').not.toHaveUnique('id')
    await seat.pop()
  })
})

describe('triggers and policies', () => {
  test('finds them', async () => {
    await of('skills').toHaveTrigger('touched', {
      timing: 'before',
      events: ['update', 'insert'],
      level: 'row',
      function: 'touch',
    })
    await of('skills').not.toHaveTrigger('touched', { enabled: false })
    await of('skills').toHavePolicy('own', {
      command: 'select',
      roles: ['public'],
      permissive: true,
      using: "tenant = current_setting('app.tenant')::int",
      check: null,
    })
    await of('skills').toHaveRowSecurity({ forced: true })
    await of('teams').not.toHaveRowSecurity()
  })

  test('says what differs', async () => {
    expect(await fails(() => of('skills').toHaveTrigger('touched', { timing: 'after' }))).toMatchInlineSnapshot(`
      "Expected skills to have a trigger with
        name: touched
        timing: after
      but the closest is
        touched: BEFORE INSERT OR UPDATE ON skills FOR EACH ROW EXECUTE FUNCTION touch()
        ✗ timing: before, expected after"
    `)
    expect(await fails(() => of('teams').toHavePolicy('added', { command: 'all' }))).toMatchInlineSnapshot(`
      "Expected teams to have a policy with
        name: added
        command: all
      but the closest is
        added: permissive insert to public with check (id > 0)
        ✗ command: insert, expected all

      Row-level security is off: no policy of this table bites."
    `)
    expect(await fails(() => of('teams').toHaveRowSecurity({ forced: true }))).toMatchInlineSnapshot(`
      "Expected teams to have row-level security with
        forced: true
      but it has no row-level security"
    `)
    expect(await fails(() => of('skills').toHaveRowSecurity({ forced: false }))).toMatchInlineSnapshot(`
      "Expected skills to have row-level security with
        forced: false
      but the closest is
        on, for the owner too
        ✗ forced: true, expected false"
    `)
    expect(await fails(() => of('skills').not.toHaveRowSecurity())).toMatchInlineSnapshot(`
      "Expected skills not to have any row-level security
      but there is
        on, for the owner too"
    `)
  })

  test('a disabled trigger does not count', async () => {
    await seat.push()
    await seat.db.sql`ALTER TABLE skills DISABLE TRIGGER touched`
    expect(await fails(() => of('skills').toHaveTrigger('touched'))).toMatchInlineSnapshot(`
      "Expected skills to have a trigger with
        name: touched
      but the closest is
        touched: BEFORE INSERT OR UPDATE ON skills FOR EACH ROW EXECUTE FUNCTION touch() (disabled)
        ✗ enabled: false, expected true"
    `)
    await seat.pop()
  })
})

describe('waiting', () => {
  test('answers at once if nobody says how long to wait', async () => {
    const began = performance.now()
    await fails(() => of('teams').toHaveColumn('colour'))
    expect(performance.now() - began).toBeLessThan(2000)
  })

  test('sees a migration that is under way, when it commits', async () => {
    await seat.push()
    const began = performance.now()
    const found = of('later').toHaveColumn('colour', { timeout: '40 s' })
    await seat.db.sql`CREATE TABLE later (id int)`
    // Long enough that nobody would look again by himself.
    for (let number = 0; performance.now() - began < 800; number += 1) {
      await seat.db.sql`ALTER TABLE later ADD ${seat.db.sql.id(`c${number}`)} int`
    }
    await seat.db.sql`ALTER TABLE later ADD colour text`
    await found
    expect(performance.now() - began).toBeLessThan(20_000)
    await seat.pop()
  })

  test('says how long it has waited', async () => {
    expect(await fails(() => of('teams').toHaveCheck('id > 0', { timeout: 20 }))).toMatchInlineSnapshot(`
      "Expected teams to have a check with
        expression: id > 0
      but it has no checks (waited …)"
    `)
    expect(await fails(() => of('nowhere').toHaveColumn('id', { timeout: 20 }))).toContain('BACKLOT_TABLE_NOT_FOUND')
  })
})

/** What a user can write past the compiler. */
const loose = (matcher: string, ...expected: readonly unknown[]) =>
  failureOf(callMatcher(seat.db.table('teams'), matcher, { not: false }, expected))

test('wrong arguments are refused', async () => {
  expect(await loose('toHaveColumn', 'id', { typ: 'int' })).toMatchInlineSnapshot(`
    "toHaveColumn has no option typ [BACKLOT_USAGE]
      → did you mean type?"
  `)
  expect(await loose('toHaveColumn', 'id', 'int')).toMatchInlineSnapshot(`
    "the options of toHaveColumn are not an object: 'int' [BACKLOT_USAGE]
      → for example toHaveColumn('email', { type: 'text', nullable: false })"
  `)
  expect(await loose('toHaveColumn', 5)).toMatchInlineSnapshot(`
    "toHaveColumn takes the name of a column, not 5 [BACKLOT_USAGE]
      → for example toHaveColumn('email', { type: 'text', nullable: false })"
  `)
  expect(await loose('toHaveUnique', [])).toMatchInlineSnapshot(`
    "toHaveUnique takes columns, not [] [BACKLOT_USAGE]
      → for example toHaveUnique(['tenant', 'email'])"
  `)
})
