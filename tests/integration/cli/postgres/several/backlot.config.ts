import { defineBacklot } from '../../../../../src/index.ts'
import { postgres } from '../../../../../src/postgres/index.ts'

const migrate = '../migrations'

/** Two databases with one baseline between them, and a third whose app looks for it elsewhere. */
export default defineBacklot({
  services: { db: postgres({ migrate }), events: postgres({ migrate }), app: postgres({ exportAs: 'APP__DATABASE' }) },
})
