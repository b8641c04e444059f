import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vitest/config'

/** Options of {@link backlotPlugin}. */
export interface BacklotPluginOptions {
  /** Folder of `backlot.config.ts`. Default: Vitest's root. */
  readonly root?: string
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Set by {@link backlotPlugin} for its global set-up. */
    backlotRoot: string
  }
}

/** Milliseconds of a test where the config says nothing. Vitest's own 5,000 are no more than one matcher may wait. */
const testTimeoutMs = 15_000

/**
 * A Vitest plugin: before the first test it starts the services and says what takes time, and it holds the supervisor for
 * the whole run, so that with `CI=true` everything stops with the run and not between two files. Tests work without it too. Where
 * the config has no `testTimeout`, it is 15 s, so that a matcher's own 5 s fit in.
 *
 * @example
 * ```ts
 * export default defineConfig({ plugins: [backlotPlugin()] })
 * ```
 */
export function backlotPlugin(options: BacklotPluginOptions = {}): Plugin {
  const built = import.meta.url.endsWith('.js')
  const globalSetup = fileURLToPath(new URL(`./global-setup${built ? '.js' : '.ts'}`, import.meta.url))
  // In a workspace the package is a link, and Vitest would transform each of its files as it does the project's own.
  const server = built ? { deps: { external: [packageFiles()] } } : {}
  return {
    name: 'backlot',
    config: (config) => ({
      test: {
        server,
        ...(config.test?.testTimeout === undefined && { testTimeout: testTimeoutMs }),
        globalSetup: [globalSetup],
        provide: { backlotRoot: options.root ?? config.test?.root ?? config.root ?? process.cwd() },
      },
    }),
  }
}

/** Matches the files of this package, wherever it lies. */
function packageFiles(): RegExp {
  const folder = fileURLToPath(new URL('..', import.meta.url))
  return new RegExp(`^${folder.replace(/[^A-Za-z0-9/]/g, '\\$&')}`)
}
