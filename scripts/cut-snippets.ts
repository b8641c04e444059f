import { cutSnippets } from './checks/docs.ts'
import { root } from './lib/root.ts'

cutSnippets(root)
