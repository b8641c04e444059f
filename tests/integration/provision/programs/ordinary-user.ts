/** As an ordinary user, tries to make something in a folder that is root's, and prints how that went. */
import { isBacklotError } from '../../../../src/errors/index.ts'
import { cached } from '../../../../src/provision/index.ts'
import { giveUpRoot } from '../../support/give-up-root.ts'

giveUpRoot()
const code = await cached({ cache: '/usr/backlot', key: 'thing', what: 'a thing', make: async () => {} }).then(
  () => 'made',
  (error: unknown) => (isBacklotError(error) ? error.code : String(error)),
)
process.stdout.write(JSON.stringify({ root: process.getuid?.() === 0, code }))
