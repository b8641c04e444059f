/** Takes a lock as often as it is told; each time it checks that nobody else is inside, by a folder that must not be there. */
import { mkdirSync, rmdirSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { withLock } from '../../../../src/provision/index.ts'

const [lock = '', inside = '', times = '0', mode = ''] = process.argv.slice(2)
for (let time = 0; time < Number(times); time += 1) {
  await withLock(lock, { waitingFor: 'a test' }, async () => {
    mkdirSync(inside)
    if (mode === 'hang') {
      process.stdout.write('held\n')
      await new Promise(() => setInterval(() => {}, 1000))
    }
    await turn()
    rmdirSync(inside)
    if (mode === 'die' && time === Number(times) - 1) process.kill(process.pid, 'SIGKILL')
  })
}
