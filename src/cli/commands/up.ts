import type { Invocation } from '../command-spec.ts'
import { exitCodes } from '../exit-codes.ts'
import { columns, shellQuote, span } from '../layout.ts'
import { openProject } from '../project.ts'
import { paintFor, printer } from '../terminal.ts'

/** `backlot up`: the environment on standard output, everything for a person on standard error. */
export async function up(invocation: Invocation): Promise<number> {
  const { terminal } = invocation
  const engine = await import('../../engine/index.ts')
  const { project, options } = await openProject(invocation)
  const { services } = await engine.up(project, options)
  const print = printer(terminal.stdout)
  if (invocation.options.json === true) {
    print(JSON.stringify({ services }, null, 2))
    return exitCodes.ok
  }
  const say = printer(terminal.stderr)
  const paint = paintFor(terminal.stderr)
  const rows = services.map(({ service, status }) => [
    service,
    status.product,
    status.address,
    `from ${status.provider}`,
  ])
  for (const line of columns(rows)) say(line)
  say()
  for (const { environment } of services) {
    for (const [name, value] of Object.entries(environment)) print(`export ${name}=${shellQuote(value)}`)
  }
  const idle = (await engine.status(project, options))?.stopsWhenIdleAfterMs
  say()
  say(
    paint(
      'dim',
      `Stays up${idle === undefined ? '' : ` for ${span(idle)} without use`}. Look: backlot status. Stop: backlot down.`,
    ),
  )
  return exitCodes.ok
}
