/** A supervisor in miniature: starts a server with a busy session, says where they are, and waits to be killed. */
import { identify } from '../../../../src/process/index.ts'
import { withServer } from '../../support/postgres.ts'
import { busySession } from '../busy-session.ts'

const { server, context } = await withServer()
const processes = [identify(server.pid ?? 0), await busySession(server)]
process.stdout.write(`${JSON.stringify({ processes, directories: context.directories })}\n`)
setInterval(() => {}, 1000)
