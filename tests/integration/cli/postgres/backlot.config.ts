import { defineBacklot } from '../../../../src/index.ts'
import { postgres } from '../../../../src/postgres/index.ts'

export default defineBacklot({ services: { db: postgres({ migrate: 'migrations' }) } })
