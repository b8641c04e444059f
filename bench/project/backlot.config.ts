import { defineBacklot } from 'backlot'
import { postgres } from 'backlot/postgres'

export default defineBacklot({ services: { db: postgres({ migrate: 'schema' }) } })
