import { defineBacklot } from 'backlot'
import { postgres } from 'backlot/postgres'

export default defineBacklot({
  services: {
    // #region command
    db: postgres({
      migrate: { command: ['node', 'migrate.ts'], inputs: ['migrate.ts', 'migrations'] },
    }),
    // #endregion
  },
})
