/** The parts of a database's address, where no whole URL is given. */
export interface DatabaseParts {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly name: string
}

/** Schemes that mean PostgreSQL; SQLAlchemy's names carry the driver. */
const schemes = /^postgres(ql)?(\+[a-z0-9]+)?:\/\//

/**
 * Turns `postgresql+asyncpg://...` and its like into the scheme that node-postgres knows.
 *
 * @returns null when it is not a PostgreSQL URL with a host and a database
 */
export function normalizeDatabaseUrl(value: string): string | null {
  if (!schemes.test(value)) return null
  const url = value.replace(schemes, 'postgresql://')
  if (!URL.canParse(url)) return null
  const { host, pathname, searchParams } = new URL(url)
  return (host !== '' || searchParams.has('host')) && pathname.length > 1 ? url : null
}

/** Builds a URL of its parts, each escaped. */
export function composeDatabaseUrl(parts: DatabaseParts): string {
  const user = encodeURIComponent(parts.user)
  const password = parts.password === '' ? '' : `:${encodeURIComponent(parts.password)}`
  const host = parts.host.includes(':') ? `[${parts.host}]` : parts.host
  return `postgresql://${user}${password}@${host}:${parts.port}/${encodeURIComponent(parts.name)}`
}
