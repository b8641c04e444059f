/** Obtains PostgreSQL with vector into a cache folder; prints what was reported on the way, then where it came from. */
import { extendedLinks } from '../../../../src/postgres/server/extended.ts'
import { binariesFor } from '../../../../src/postgres/server/packages.ts'
import { obtain } from '../../../../src/provision/index.ts'
import { testContext } from '../../support/postgres.ts'

const { context, close } = await testContext()
const said: string[] = []
const binaries = binariesFor(18, `${process.platform}-${process.arch}`)
if (binaries === undefined) throw new Error('no binaries for this platform')
const { value, link } = await obtain(
  'binaries',
  extendedLinks(binaries, ['vector'], {
    ...context,
    directories: { ...context.directories, cache: process.argv[2] ?? '' },
    progress: ({ what, finished }) => {
      if (finished !== true) said.push(what)
    },
  }),
)
await close()
process.stdout.write(JSON.stringify({ said, value, link }))
