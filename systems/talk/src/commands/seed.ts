import { loadSettings } from '../config/settings.ts'
import { parseHandle, parseIdentity } from '../domain/values.ts'
import { createPostgresPersistence } from '../persistence/postgres.ts'

/** Lets the first user in, whom nobody can invite: `npm run seed -- did:plc:... handle`. */
async function main([id = '', handle = '']: readonly string[]): Promise<void> {
  const identity = parseIdentity('bluesky', id)
  const persistence = createPostgresPersistence({ url: loadSettings(process.env).databaseUrl })
  try {
    const createdAt = new Date()
    await persistence.transaction(async ({ users, identities }) => {
      const user = await users.create({
        handle: parseHandle(handle),
        avatarUrl: null,
        email: null,
        bio: null,
        createdAt,
      })
      await identities.create({
        ...identity,
        userId: user.id,
        handle: user.handle,
        isPrimary: true,
        createdAt,
        lastLoginAt: null,
      })
      process.stdout.write(`${user.handle} is in as ${user.id}\n`)
    })
  } finally {
    await persistence.close()
  }
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
