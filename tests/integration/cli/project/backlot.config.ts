import { defineBacklot } from '../../../../src/index.ts'
import { note } from './note/service.ts'

export default defineBacklot({
  services: { memo: note({ command: 'memo' }), first: note(), second: note() },
})
