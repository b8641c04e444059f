import { serve } from '@hono/node-server'
import { buildApp, type Log } from './app.ts'
import { loadSettings, SettingsError } from './config/settings.ts'
import { buildContainer } from './container.ts'

const log: Log = {
  info: (line) => process.stdout.write(`${line}\n`),
  error: (line, error) =>
    process.stderr.write(`${line}: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`),
}

/** Starts talk as the environment says, and ends it in order when the process is asked to. */
function main(): void {
  const settings = loadSettings(process.env)
  const container = buildContainer(settings)
  const app = buildApp(container, log)
  const server = serve({ fetch: app.fetch, hostname: settings.host, port: settings.port }, ({ address, port }) => {
    log.info(`talk listens on http://${address}:${port} (${settings.environment})`)
  })
  const stop = (): void => {
    server.close(() => {
      container.dispose().catch((error: unknown) => log.error('the shutdown failed', error))
    })
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

try {
  main()
} catch (error) {
  if (!(error instanceof SettingsError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
