import { defineBacklot } from '../../../../src/index.ts'
import { postgres } from '../../../../src/postgres/index.ts'

interface Database {
  notes: { id: number; text: string }
}

/** A project whose runs are killed: its supervisor is nobody else's. */
export default defineBacklot({ services: { db: postgres<Database>({ migrate: 'migrations' }) } })
