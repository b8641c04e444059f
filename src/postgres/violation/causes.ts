/** An object with fields that nobody has looked at yet. */
export type Fields = Readonly<Record<string, unknown>>

/** Where layers above a driver keep the error that they wrap. */
const wrappers: readonly string[] = [
  'cause', // Drizzle, MikroORM, Prisma's driver adapters
  'driverError', // TypeORM
  'nativeError', // Objection
  'original', // Sequelize
  'previous', // MikroORM
  'meta', // Prisma
  'driverAdapterError', // Prisma
]

/** Longer chains are somebody's mistake. */
const mostCauses = 20

/** Whether a value has fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

/** A text that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** An error and all that it wraps, outermost first, each once. */
export function causes(error: unknown): readonly Fields[] {
  const found = new Set<Fields>()
  const queue: unknown[] = [error]
  while (queue.length > 0 && found.size < mostCauses) {
    const next = queue.shift()
    if (!isFields(next) || found.has(next)) continue
    found.add(next)
    for (const name of wrappers) queue.push(next[name])
  }
  return [...found]
}
