import { mutatePolicies } from 'backlot/postgres'
import { backlotTest } from 'backlot/vitest'
import backlot from '../../backlot.config.ts'
import { baseAccess, granted } from '../support/policies.ts'

const { test, expect } = backlotTest(backlot)

test('no policy of base_entity can go or change without notice', { timeout: 60_000 }, async ({ db }) => {
  const mutation = await mutatePolicies(
    db,
    async (copy) => {
      expect(await baseAccess(copy, 'inactive')).toGrant(granted.inactive)
      const active = await baseAccess(copy, 'active')
      expect(active).toGrant(granted.active)
      // A foreign row that is seen is not there for an update, rather than refused when it is written.
      expect(active.access.genesis.foreign.update).toBe('no rows')
    },
    { tables: ['base_entity'], of: 'baseline' },
  )
  // The trigger refuses to give an entity away before this policy is asked.
  expect(mutation).toHaveNoSurvivors({ except: ['base_entity: policy base_entity_update with WITH CHECK (true)'] })
})
