import { defineBacklot } from 'backlot'
import { postgres } from 'backlot/postgres'

// The role in `db.url` has rights on the data alone, so that the policies of migration 005 hold for the tests as well.
export default defineBacklot({
  services: { db: postgres({ migrate: 'migrations', extensions: ['vector', 'uuid-ossp'] }) },
})
