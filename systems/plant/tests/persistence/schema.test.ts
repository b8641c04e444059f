import { backlotTest } from 'backlot/vitest'
import { getTableConfig } from 'drizzle-orm/pg-core'
import { describe } from 'vitest'
import backlot from '../../backlot.config.ts'
import { auditLog } from '../../src/persistence/schema/audit-log.ts'
import { baseEntity } from '../../src/persistence/schema/base-entity.ts'
import { entityTables } from '../../src/persistence/schema/entities.ts'
import { closeConnector, inNameOf } from '../support/in-name-of.ts'

const { test, expect } = backlotTest(backlot)
test.afterAll(closeConnector)

describe('schema', () => {
  for (const table of [baseEntity, auditLog, ...Object.values(entityTables)]) {
    const { name, columns, foreignKeys } = getTableConfig(table)

    test(`${name} is to Drizzle what the migrations make`, async ({ db }) => {
      const { tables } = await db.schema()
      expect(columns.map((column) => column.name).toSorted()).toEqual(
        Object.keys(tables?.[name]?.columns ?? {}).toSorted(),
      )
      for (const column of columns) {
        const like = { type: column.getSQLType(), nullable: !column.notNull }
        await expect(db.table(name)).toHaveColumn(column.name, like)
        if (column.primary) await expect(db.table(name)).toHavePrimaryKey(column.name)
        if (column.isUnique) await expect(db.table(name)).toHaveUnique(column.name)
      }
      for (const key of foreignKeys) {
        const { columns: from, foreignTable } = key.reference()
        const like = { references: getTableConfig(foreignTable).name, onDelete: key.onDelete ?? 'no action' }
        await expect(db.table(name)).toHaveForeignKey(
          from.map((column) => column.name),
          like,
        )
      }
    })
  }

  test('what a type has of its own is changed in its own table', async ({ db }) => {
    await inNameOf('genesis', db, async ({ make, agents, industries, jobRoles, skills, teams }) => {
      await agents.evolve((await make.agent()).id, { name: 'Ada' })
      await industries.evolve((await make.industry()).id, { name: 'Farming' })
      await jobRoles.evolve((await make.jobRole()).id, { name: 'Engineer' })
      await skills.evolve((await make.skill()).id, { name: 'SQL' })
      await teams.evolve((await make.team()).id, { name: 'Platform' })
    })
    await expect(db.table('agent_entity')).toHaveRow({ name: 'Ada' })
    await expect(db.table('industry_entity')).toHaveRow({ name: 'Farming' })
    await expect(db.table('job_role_entity')).toHaveRow({ name: 'Engineer' })
    await expect(db.table('skill_entity')).toHaveRow({ name: 'SQL' })
    await expect(db.table('team_entity')).toHaveRow({ name: 'Platform' })
  })
})
