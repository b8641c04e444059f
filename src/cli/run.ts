import { isBacklotError } from '../errors/index.ts'
import type { CommandSpec } from './command-spec.ts'
import { commands } from './commands.ts'
import { exitCodes } from './exit-codes.ts'
import { commandIndex, parse } from './parse.ts'
import { showProgress } from './progress.ts'
import { serviceCommands } from './service-commands.ts'
import { showError } from './show-error.ts'
import { paintFor, type Terminal } from './terminal.ts'

/** Looks for the config where the command line may name a service's command, or wants to see them all. */
function asksForServices(argv: readonly string[]): boolean {
  const name = argv[commandIndex(argv)]
  return name === undefined
    ? !argv.some((arg) => ['-V', '--version'].includes(arg))
    : !commands.some((command) => command.name === name)
}

/** What `--config` says before any parsing. */
function configOf(argv: readonly string[]): string | undefined {
  const at = argv.indexOf('--config')
  return at < 0 ? argv.find((arg) => arg.startsWith('--config='))?.slice('--config='.length) : argv[at + 1]
}

/** The commands of the project's services; none where no config is found. Help never fails for want of them. */
async function fromServices(argv: readonly string[], terminal: Terminal): Promise<readonly CommandSpec[]> {
  const config = configOf(argv)
  try {
    const { loadProject } = await import('../engine/index.ts')
    const project = await loadProject({ cwd: terminal.cwd, ...(config !== undefined && { config }) })
    return serviceCommands(project.services)
  } catch (error) {
    const name = argv[commandIndex(argv)]
    if (name === undefined || name === 'help') return []
    if (isBacklotError(error, 'BACKLOT_CONFIG_NOT_FOUND') && config === undefined) return []
    throw error
  }
}

async function dispatch(argv: readonly string[], terminal: Terminal, version: string): Promise<number> {
  const more = asksForServices(argv) ? await fromServices(argv, terminal) : []
  const parsed = parse(argv, [...commands, ...more], version)
  if (parsed.kind === 'print') {
    terminal.stdout.write(parsed.text)
    return exitCodes.ok
  }
  const display = showProgress(terminal.stderr)
  const interrupted = (): never => {
    display.stop()
    process.exit(exitCodes.interrupted)
  }
  // On a terminal Ctrl-C reaches the other program, and that decides what it means.
  const ignored = (): void => {}
  const done = (): void => {
    display.stop()
    process.off('SIGINT', interrupted)
    if (terminal.interactive) process.on('SIGINT', ignored)
  }
  process.on('SIGINT', interrupted)
  try {
    const run = await parsed.command.load()
    return await run({ ...parsed.invocation, terminal, progress: display.report, done })
  } finally {
    display.stop()
    process.off('SIGINT', interrupted)
    process.off('SIGINT', ignored)
  }
}

/**
 * Runs one command line. Errors are printed, not thrown.
 *
 * @param argv without the names of node and of the script
 * @returns the exit code
 */
export async function run(argv: readonly string[], terminal: Terminal, version: string): Promise<number> {
  try {
    return await dispatch(argv, terminal, version)
  } catch (error) {
    const debug = terminal.env.BACKLOT_DEBUG === '1'
    terminal.stderr.write(`${showError(error, paintFor(terminal.stderr), debug)}\n`)
    return isBacklotError(error, 'BACKLOT_USAGE') ? exitCodes.usage : exitCodes.failed
  }
}
