/** A supervisor in miniature: owns one stubborn server and a folder, says so on stdout and waits to be killed. */
import { spawn } from 'node:child_process'
import { startReaper } from '../../../../src/process/index.ts'

const [statePath = '', folder = ''] = process.argv.slice(2)
const reaper = await startReaper({ statePath })
const server = spawn('/bin/sh', ['-c', 'trap "" INT QUIT TERM; while :; do sleep 1 & wait; done'], {
  detached: true,
  stdio: 'ignore',
})
if (server.pid === undefined) throw new Error('no server')
reaper.adopt({ pids: [server.pid], paths: [folder] })
process.stdout.write(`${JSON.stringify({ reaper: reaper.pid, server: server.pid })}\n`)
setInterval(() => {}, 1000)
