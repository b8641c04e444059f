/** A service's name, and the variables that lead an app to it. */
interface Named {
  readonly service: string
  readonly environment: Readonly<Record<string, string>>
}

/** Makes one environment of those of several services: a variable that more than one gives is led by the service's name, `EVENTS_DATABASE_URL`. */
export function tellApart<S extends Named>(services: readonly S[]): readonly S[] {
  const given = services.flatMap(({ environment }) => Object.keys(environment))
  const isShared = (variable: string): boolean => given.filter((name) => name === variable).length > 1
  return services.map((service) => {
    const lead = service.service.replace(/[^A-Za-z0-9]/g, '_').toUpperCase()
    const environment = Object.entries(service.environment).map(([name, value]) => [
      isShared(name) ? `${lead}_${name}` : name,
      value,
    ])
    return { ...service, environment: Object.fromEntries(environment) }
  })
}
