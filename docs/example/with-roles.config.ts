import { defineBacklot } from 'backlot'
import { postgres } from 'backlot/postgres'

export default defineBacklot({
  services: {
    // #region options
    db: postgres({
      migrate: 'with-roles',
      extensions: ['citext'],
      roles: ['reader'],
      limits: { rows: 10_000, bytes: 16 * 1024 * 1024 },
    }),
    // #endregion
  },
})
