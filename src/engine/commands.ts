import type { InstanceStatus, Json, Progress, ProviderReport, ServiceHost } from '../contracts/index.ts'
import { connectIfRunning, connectSupervisor, type SupervisorConnection } from './client/connect.ts'
import { hostContext } from './host-context.ts'
import { prepareService, serviceContext, specOf } from './open-services.ts'
import { projectPaths } from './paths.ts'
import type { Project } from './project.ts'
import type { ServiceSpec, SupervisorStatus } from './rpc/protocol.ts'
import { tellApart } from './tell-apart.ts'
import { startOrder } from './validate.ts'

/** What the commands need of the process that runs them. */
export interface CommandOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly progress: Progress
}

/** A service that is up, with the lines that an app's environment needs to reach it. */
export interface UpService {
  readonly service: string
  readonly status: InstanceStatus
  readonly environment: Readonly<Record<string, string>>
}

async function specs(project: Project, options: CommandOptions): Promise<readonly ServiceSpec[]> {
  return Promise.all(
    Object.entries(project.services).map(([name, service]) =>
      specOf(service, serviceContext(project.backlot, name, options)),
    ),
  )
}

/** Runs the host of each service in this process: no supervisor is needed to install or to look. */
async function withHosts<T>(
  project: Project,
  options: CommandOptions,
  use: (host: ServiceHost, spec: ServiceSpec, context: ReturnType<typeof hostContext>) => Promise<T>,
): Promise<readonly T[]> {
  const paths = await projectPaths(project.root, options.env)
  const results: T[] = []
  for (const spec of await specs(project, options)) {
    const { host }: { host: ServiceHost } = await import(spec.host)
    const context = hostContext({ service: spec.name, root: project.root, paths, ...options })
    results.push(await use(host, spec, context))
  }
  return results
}

/** Fetches ahead what the services' servers need. */
export function install(
  project: Project,
  options: CommandOptions,
): Promise<readonly { service: string; line: string }[]> {
  return withHosts(project, options, async (host, spec, context) => ({
    service: spec.name,
    line: await host.install(context, spec.plan.instance),
  }))
}

/** Asks each link of each provider chain what it could serve. */
export function doctor(
  project: Project,
  options: CommandOptions,
): Promise<readonly { service: string; kind: string; reports: readonly ProviderReport[] }[]> {
  return withHosts(project, options, async (host, spec, context) => ({
    service: spec.name,
    kind: spec.kind,
    reports: await host.doctor(context, spec.plan.instance),
  }))
}

/** Starts every service and sees to its baseline: what a test run finds ready. */
export async function warmUp(project: Project, options: CommandOptions): Promise<void> {
  const connection = await connectSupervisor({ ...options, root: project.root, purpose: 'cli' })
  try {
    await prepareAll(project, options, connection)
  } finally {
    connection.close()
  }
}

async function prepareAll(
  project: Project,
  options: CommandOptions,
  connection: SupervisorConnection,
): Promise<readonly ServiceSpec[]> {
  const prepared: ServiceSpec[] = []
  for (const name of startOrder(project.services)) {
    const service = project.services[name]
    if (service === undefined) continue
    const context = serviceContext(project.backlot, name, options)
    const spec = await specOf(service, context)
    await prepareService(connection.supervisor, service, spec, context)
    prepared.push(spec)
  }
  return prepared
}

/**
 * Starts every service and leaves it warm, also with `CI=true`, with a database (or its like) to work in that holds the
 * baseline.
 */
export async function up(project: Project, options: CommandOptions): Promise<{ services: readonly UpService[] }> {
  const connection = await connectSupervisor({ ...options, root: project.root, purpose: 'cli' })
  const { supervisor } = connection
  try {
    const services: UpService[] = []
    for (const { name, plan } of await prepareAll(project, options, connection)) {
      const service = project.services[name]
      if (service === undefined) continue
      const { baseline, lease } = plan
      const info = await supervisor.askInstance(name, 'development', { service: name, baseline, lease })
      const environment = service.environment(info, serviceContext(project.backlot, name, options))
      services.push({ service: name, status: await supervisor.statusOf(name), environment })
    }
    await supervisor.stay()
    return { services: tellApart(services) }
  } finally {
    connection.close()
  }
}

/** Stops the project's supervisor and all that it owns. Resolves to false when none ran. */
export async function down(project: Project, options: CommandOptions): Promise<boolean> {
  const connection = await connectIfRunning({ ...options, root: project.root, purpose: 'cli' })
  if (connection === undefined) return false
  await connection.supervisor.stop().catch(() => {})
  await connection.closed
  return true
}

/** What runs for the project and how many others use it, or undefined when nothing runs. */
export async function status(
  project: Pick<Project, 'root'>,
  options: CommandOptions,
): Promise<SupervisorStatus | undefined> {
  const connection = await connectIfRunning({ ...options, root: project.root, purpose: 'cli' })
  if (connection === undefined) return undefined
  try {
    const running = await connection.supervisor.status()
    // One of them is this one.
    return { ...running, clients: running.clients - 1 }
  } finally {
    connection.close()
  }
}

/** Puts a service-specific question to a running instance. */
export async function ask(
  project: Project,
  service: string,
  question: string,
  args: Json,
  options: CommandOptions,
): Promise<Json> {
  const connection = await connectSupervisor({ ...options, root: project.root, purpose: 'cli' })
  try {
    return await connection.supervisor.askInstance(service, question, args)
  } finally {
    connection.close()
  }
}
