/** A supervisor in miniature that starts a server, says where it is, and waits to be killed. */
import { identify } from '../../../../src/process/index.ts'
import { withServer } from '../../support/postgres.ts'

const { server, context } = await withServer()
process.stdout.write(`${JSON.stringify({ server: identify(server.pid ?? 0), directories: context.directories })}\n`)
setInterval(() => {}, 1000)
