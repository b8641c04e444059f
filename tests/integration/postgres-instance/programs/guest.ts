/** A supervisor in miniature on a server by URL: makes a baseline and a lease, says so, and waits to be killed. */
import { openInstance } from '../../../../src/postgres/instance/index.ts'
import { startServer } from '../../../../src/postgres/server/index.ts'
import { testContext } from '../../support/postgres.ts'
import { build, infoOf, leaseOptions, query } from '../support.ts'

const { context } = await testContext()
const options = { version: 18, durable: false, url: process.argv[2] ?? '' } as const
const instance = await openInstance(await startServer(context, options), options)
await build(instance, 'users', 'create table users (name text)', leaseOptions('rewind'))
const lease = await instance.lease('users', { ...leaseOptions('rewind') })
await query(infoOf(lease).url, `begin; insert into users values ('ada'); prepare transaction 'of a killed supervisor'`)
process.stdout.write('ready\n')
setInterval(() => {}, 1000)
