import type { Invocation } from '../command-spec.ts'
import { exitCodes } from '../exit-codes.ts'
import { openProject } from '../project.ts'
import { paintFor, printer } from '../terminal.ts'

/** `backlot doctor`: fails when a service has no link that serves. */
export async function doctor(invocation: Invocation): Promise<number> {
  const { terminal } = invocation
  const engine = await import('../../engine/index.ts')
  const { project, options } = await openProject(invocation)
  const services = await engine.doctor(project, options)
  const without = services.filter(({ reports }) => !reports.some(({ serves }) => serves))
  const code = without.length === 0 ? exitCodes.ok : exitCodes.failed
  const print = printer(terminal.stdout)
  if (invocation.options.json === true) {
    print(JSON.stringify({ ok: without.length === 0, services }, null, 2))
    return code
  }
  const paint = paintFor(terminal.stdout)
  for (const { service, kind, reports } of services) {
    print(`${paint('bold', service)} (${kind})`)
    const width = Math.max(0, ...reports.map(({ link }) => link.length))
    for (const { link, serves, finding, hint } of reports) {
      print(`  ${serves ? paint('green', '✓') : paint('dim', '–')} ${link.padEnd(width)}  ${finding}`)
      if (hint !== undefined) print(`    ${' '.repeat(width)}  → ${hint}`)
    }
  }
  for (const { service } of without)
    print(paint('red', `${service}: nothing can serve it; one of the links above must`))
  return code
}
