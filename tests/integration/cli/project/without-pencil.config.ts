import { defineBacklot } from '../../../../src/index.ts'
import { note } from './note/service.ts'

export default defineBacklot({ services: { memo: note({ serves: false }) } })
