import type { Invocation } from '../command-spec.ts'
import { exitCodes } from '../exit-codes.ts'
import { columns, span } from '../layout.ts'
import { openProject } from '../project.ts'
import { paintFor, printer } from '../terminal.ts'

/** `backlot status`. */
export async function status(invocation: Invocation): Promise<number> {
  const { terminal } = invocation
  const engine = await import('../../engine/index.ts')
  const { project, options } = await openProject(invocation)
  const running = await engine.status(project, options)
  const print = printer(terminal.stdout)
  const paint = paintFor(terminal.stdout)
  if (invocation.options.json === true) {
    print(JSON.stringify(running === undefined ? { running: false } : { running: true, ...running }, null, 2))
    return exitCodes.ok
  }
  if (running === undefined) {
    print(`nothing runs for ${project.root}`)
    print(paint('dim', 'Start it: backlot up'))
    return exitCodes.ok
  }
  const rows = running.services.map(({ service, status: { product, address, provider, pid, leases } }) => [
    service,
    product,
    address,
    `from ${provider}`,
    pid === undefined ? '' : `pid ${pid}`,
    `${leases} ${leases === 1 ? 'lease' : 'leases'}`,
  ])
  for (const line of columns(rows)) print(line)
  if (rows.length === 0) print('no service is running')
  const { clients: count } = running
  const clients = count === 0 ? 'in use by nobody' : `in use by ${count} ${count === 1 ? 'process' : 'processes'}`
  const idle = `stops after ${span(running.stopsWhenIdleAfterMs)} without use`
  print(paint('dim', `supervisor pid ${running.pid}, since ${running.startedAt}, ${clients}, ${idle}`))
  return exitCodes.ok
}
