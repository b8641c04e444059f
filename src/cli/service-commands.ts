import type { InstanceStatus, Service, ServiceCommand } from '../contracts/index.ts'
import type { CommandOptions, Project } from '../engine/index.ts'
import { BacklotError } from '../errors/index.ts'
import { type CommandSpec, optionKey, type Run, sharedOptions } from './command-spec.ts'
import { openProject } from './project.ts'
import { printer } from './terminal.ts'
import { unknownName, usageError } from './usage-error.ts'

/** Which services of the project add a command of this name. */
function providers(services: Readonly<Record<string, Service>>, command: string): string[] {
  return Object.entries(services).flatMap(([name, service]) =>
    service.commands?.some((candidate) => candidate.name === command) ? [name] : [],
  )
}

function pick(candidates: readonly string[], command: string, given: string | undefined): string {
  const [first, ...others] = candidates
  if (given !== undefined) {
    if (candidates.includes(given)) return given
    throw unknownName('service', given, candidates, `backlot ${command} --help`)
  }
  if (first !== undefined && others.length === 0) return first
  throw usageError(`which service? ${candidates.join(', ')} have ${command}`, `backlot ${command} ${first ?? ''}`)
}

/** A service and those that it builds on. */
function withDependencies(project: Project, name: string): Project['services'] {
  const service = project.services[name]
  if (service === undefined) return {}
  const others = (service.dependsOn ?? []).map((other) => withDependencies(project, other))
  return Object.assign({}, ...others, { [name]: service })
}

/** Brings one service up, with the baseline as its migrations are now, and leaves the others alone. */
async function bringUp(project: Project, options: CommandOptions, name: string): Promise<InstanceStatus> {
  const engine = await import('../engine/index.ts')
  const { services } = await engine.up({ ...project, services: withDependencies(project, name) }, options)
  const status = services.find(({ service }) => service === name)?.status
  if (status !== undefined) return status
  throw new BacklotError('BACKLOT_SERVER_START_FAILED', `${name} did not start`, { hint: `backlot logs ${name}` })
}

function runFor(command: ServiceCommand): Run {
  return async (invocation) => {
    const { project, options } = await openProject(invocation)
    const name = pick(providers(project.services, command.name), command.name, invocation.args[0])
    const own = project.services[name]?.commands?.find((candidate) => candidate.name === command.name) ?? command
    const status = await bringUp(project, options, name)
    const engine = await import('../engine/index.ts')
    invocation.done()
    return own.run({
      service: { name, projectRoot: project.root, isolation: project.backlot.isolation, ...options },
      status,
      options: Object.fromEntries(
        (command.options ?? []).map(({ flags }) => [optionKey(flags), invocation.options[optionKey(flags)]]),
      ),
      args: invocation.rest,
      print: printer(invocation.terminal.stdout),
      input: process.stdin,
      output: process.stdout,
      ask: (question, args) => engine.ask(project, name, question, args, options),
    })
  }
}

/** A command that a service adds, as an entry of the table. */
export function specFor(command: ServiceCommand): CommandSpec {
  return {
    name: command.name,
    summary: command.summary,
    description: `Starts the service if it does not run yet, and no other. Without a name it is the one service that has ${command.name}.`,
    args: [{ name: 'service', summary: 'a name from the config' }],
    options: [...(command.options ?? []), sharedOptions.config],
    passes: { name: 'args', summary: `further arguments of ${command.name}`, from: 'dashes' },
    examples: [
      { command: `backlot ${command.name}`, does: 'where one service has it' },
      { command: `backlot ${command.name} db -- --help`, does: `the service db; all after -- goes to ${command.name}` },
    ],
    load: async () => runFor(command),
  }
}

/** The commands that a project's services add, each name once. */
export function serviceCommands(services: Readonly<Record<string, Service>>): readonly CommandSpec[] {
  const byName = new Map<string, ServiceCommand>()
  for (const service of Object.values(services)) {
    for (const command of service.commands ?? []) if (!byName.has(command.name)) byName.set(command.name, command)
  }
  return [...byName.values()].map(specFor)
}
