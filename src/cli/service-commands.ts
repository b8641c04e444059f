import type { InstanceStatus, Service, ServiceCommand } from '../contracts/index.ts'
import type { Project } from '../engine/index.ts'
import { BacklotError } from '../errors/index.ts'
import { type CommandSpec, type Invocation, optionKey, type Run, sharedOptions } from './command-spec.ts'
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

/** A running instance under its name in the config. */
interface Running {
  readonly service: string
  readonly status: InstanceStatus
}

/** The service's instance; started if it does not run. */
async function instanceStatus(project: Project, invocation: Invocation, service: string): Promise<Running> {
  const engine = await import('../engine/index.ts')
  const options = { env: invocation.terminal.env, progress: invocation.progress }
  const find = async (): Promise<Running | undefined> =>
    (await engine.status(project, options))?.services.find((candidate) => candidate.service === service)
  const running = await find()
  if (running !== undefined) return running
  await engine.up(project, options)
  const started = await find()
  if (started !== undefined) return started
  throw new BacklotError('BACKLOT_SERVER_START_FAILED', `${service} did not start`, { hint: `backlot logs ${service}` })
}

function runFor(command: ServiceCommand): Run {
  return async (invocation) => {
    const { project, options } = await openProject(invocation)
    const name = pick(providers(project.services, command.name), command.name, invocation.args[0])
    const own = project.services[name]?.commands?.find((candidate) => candidate.name === command.name) ?? command
    const { status } = await instanceStatus(project, invocation, name)
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
      ask: (question, args) => engine.ask(project, name, question, args, options),
    })
  }
}

/** A command that a service adds, as an entry of the table. */
export function specFor(command: ServiceCommand): CommandSpec {
  return {
    name: command.name,
    summary: command.summary,
    description: `Starts the service if it does not run yet. Without a name it is the one service that has ${command.name}.`,
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
