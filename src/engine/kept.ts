import type { Services } from './define.ts'

/** How to open what a failed test left on a service: `npx backlot psql --failed`; undefined where none of its commands does. */
export function openingCommand(services: Services, name: string): string | undefined {
  const opens = services[name]?.commands?.find(({ opensFailed }) => opensFailed !== undefined)
  if (opens?.opensFailed === undefined) return undefined
  const having = Object.values(services).filter(({ commands }) => commands?.some((other) => other.name === opens.name))
  return ['npx backlot', opens.name, ...(having.length > 1 ? [name] : []), opens.opensFailed].join(' ')
}
