import type { Isolation, Service } from '../contracts/index.ts'
import { BacklotError, nearest } from '../errors/index.ts'
import { checkServiceName } from './service-name.ts'

const configKeys = ['services', 'app', 'isolation', 'leaks', 'root'] as const
const isolations: readonly Isolation[] = ['rewind', 'clone', 'transaction', 'none']

function invalid(summary: string, hint: string): BacklotError {
  return new BacklotError('BACKLOT_CONFIG_INVALID', summary, { hint })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isService(value: unknown): value is Service {
  return isRecord(value) && typeof value.kind === 'string' && typeof value.host === 'string'
}

/** Follows `dependsOn` from each service; a circle is named in full. */
function checkDependencies(services: Readonly<Record<string, Service>>): void {
  const names = Object.keys(services)
  const done = new Set<string>()
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) {
      const circle = [...path.slice(path.indexOf(name)), name].join(' → ')
      throw invalid(`services depend on each other in a circle: ${circle}`, 'take one of these names out of dependsOn')
    }
    if (done.has(name)) return
    for (const next of services[name]?.dependsOn ?? []) {
      if (!names.includes(next)) {
        throw invalid(
          `service ${name} depends on "${next}", which is not in services`,
          `the services are: ${names.join(', ')}`,
        )
      }
      visit(next, [...path, name])
    }
    done.add(name)
  }
  for (const name of names) visit(name, [])
}

/**
 * Fails at once on a config that cannot work.
 *
 * @throws BacklotError `BACKLOT_CONFIG_INVALID`
 */
export function validateConfig(config: unknown): void {
  if (!isRecord(config))
    throw invalid('defineBacklot takes an object', 'defineBacklot({ services: { db: postgres() } })')
  for (const key of Object.keys(config)) {
    if (configKeys.some((known) => known === key)) continue
    const near = nearest(key, configKeys)
    throw invalid(
      `unknown key "${key}" in defineBacklot`,
      near === undefined ? `the keys are: ${configKeys.join(', ')}` : `did you mean "${near}"?`,
    )
  }
  if (!isRecord(config.services)) {
    throw invalid('defineBacklot needs services', 'defineBacklot({ services: { db: postgres() } })')
  }
  const services: Record<string, Service> = {}
  for (const [name, service] of Object.entries(config.services)) {
    checkServiceName(name)
    if (!isService(service)) {
      throw invalid(`service ${name} is not a service`, `write ${name}: postgres(...) or another service's function`)
    }
    services[name] = service
  }
  checkDependencies(services)
  if (config.app !== undefined && typeof config.app !== 'function') {
    throw invalid(
      'app must be a function of the services',
      'app: async ({ db }) => buildServer({ databaseUrl: db.url })',
    )
  }
  if (config.isolation !== undefined && !isolations.some((known) => known === config.isolation)) {
    throw invalid(`unknown isolation "${String(config.isolation)}"`, `choose one of: ${isolations.join(', ')}`)
  }
  if (config.leaks !== undefined && config.leaks !== 'report' && config.leaks !== 'fail') {
    throw invalid(`unknown value for leaks: "${String(config.leaks)}"`, "choose 'report' or 'fail'")
  }
  if (config.root !== undefined && typeof config.root !== 'string') {
    throw invalid('root must be a path', "leave it out: the config file's folder is the default")
  }
}

/** Names in an order in which each comes after those that it depends on. */
export function startOrder(services: Readonly<Record<string, Service>>): readonly string[] {
  const order: string[] = []
  const visit = (name: string): void => {
    if (order.includes(name)) return
    for (const next of services[name]?.dependsOn ?? []) visit(next)
    order.push(name)
  }
  for (const name of Object.keys(services)) visit(name)
  return order
}
