// #region config
import { defineBacklot } from 'backlot'
import { postgres } from 'backlot/postgres'
import { buildApp } from './src/app.ts'

export default defineBacklot({
  services: { db: postgres({ migrate: 'migrations' }) },
  app: ({ db }) => buildApp(db.url),
})
// #endregion
