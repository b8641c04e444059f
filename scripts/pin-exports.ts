import { pinExports } from './checks/exports.ts'
import { root } from './lib/root.ts'

pinExports(root)
