import { Command, CommanderError } from 'commander'
import { type CommandSpec, type Invocation, sharedOptions } from './command-spec.ts'
import { exitCodeMeanings } from './exit-codes.ts'
import { unknownName, usageError } from './usage-error.ts'

/** What a command line asks for. */
export type Parsed =
  | {
      readonly kind: 'run'
      readonly command: CommandSpec
      readonly invocation: Pick<Invocation, 'options' | 'args' | 'rest'>
    }
  | { readonly kind: 'print'; readonly text: string }

const footer = `
Services add commands of their own, such as psql: shown here where a config is found.

Begin with:
  backlot doctor  see where each service would come from
  backlot up      start them all and print how to reach them
  backlot test    start what is missing and run the tests

Exit codes: ${exitCodeMeanings.map(([code, meaning]) => `${code} ${meaning}`).join('; ')}.
Environment: NO_COLOR and FORCE_COLOR decide on colour; BACKLOT_DEBUG=1 shows the stack of an error.
`

function examplesOf(spec: CommandSpec): string {
  const width = Math.max(...spec.examples.map(({ command }) => command.length))
  return `\nExamples:\n${spec.examples.map(({ command, does }) => `  ${command.padEnd(width)}  ${does}`).join('\n')}\n`
}

/** `backlot logs [options] [service]`, as help and docs show it. */
export function usageOf(spec: CommandSpec): string {
  const parts = [
    ...((spec.options?.length ?? 0) > 0 ? ['[options]'] : []),
    ...(spec.args ?? []).map(({ name }) => `[${name}]`),
    ...(spec.passes === undefined
      ? []
      : [spec.passes.from === 'dashes' ? `[-- ${spec.passes.name}]` : `[${spec.passes.name}]`]),
  ]
  return parts.join(' ')
}

function subcommand(spec: CommandSpec): Command {
  const command = new Command(spec.name).description(spec.description).summary(spec.summary).usage(usageOf(spec))
  for (const { name, summary } of spec.args ?? []) command.argument(`[${name}]`, summary)
  for (const { flags, summary } of spec.options ?? []) command.option(flags, summary)
  if (spec.passes !== undefined) command.addHelpText('after', `\n[${spec.passes.name}]: ${spec.passes.summary}`)
  return command.helpOption('-h, --help', 'show this').addHelpText('after', examplesOf(spec))
}

/** Takes a command's own options out of arguments that otherwise belong to another program. */
function pickOwn(spec: CommandSpec, args: readonly string[]): { own: string[]; rest: string[] } {
  const flags = (spec.options ?? []).map((option) => option.flags)
  const end = args.includes('--') ? args.indexOf('--') : args.length
  const isOwn = (arg: string, index: number): boolean => index < end && flags.includes(arg)
  const rest = args.filter((arg, index) => !isOwn(arg, index))
  return { own: args.filter(isOwn), rest: rest[0] === '--' ? rest.slice(1) : rest }
}

/** Splits what goes through commander from what goes through untouched. */
function split(spec: CommandSpec | undefined, args: readonly string[]): { own: string[]; rest: string[] } {
  if (spec?.passes?.from === 'anywhere' && !['-h', '--help'].includes(args[0] ?? '')) return pickOwn(spec, args)
  const at = spec?.passes?.from === 'dashes' ? args.indexOf('--') : -1
  return at < 0 ? { own: [...args], rest: [] } : { own: args.slice(0, at), rest: args.slice(at + 1) }
}

/** Index of the word that names the command: the first that is neither an option nor an option's value. */
export function commandIndex(argv: readonly string[]): number {
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? ''
    if (!word.startsWith('-')) return index
    if (word === '--config') index += 1
  }
  return -1
}

/** `backlot`, `backlot help` and `backlot help up` ask for what `--help` shows. */
function withoutHelpCommand(argv: readonly string[]): readonly string[] {
  const at = commandIndex(argv)
  if (argv.length === 0) return ['--help']
  return at >= 0 && argv[at] === 'help' ? [...argv.slice(at + 1, at + 2), '--help'] : argv
}

/** Commander’s complaint as an error of ours. */
function toUsageError(error: CommanderError, command: string | undefined): Error {
  if (error.code === 'commander.help') return usageError('no command was given', 'backlot --help shows them')
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
  const near = /Did you mean (.+)\?/.exec(suggestion ?? '')?.[1]
  const help = command === undefined ? 'backlot --help' : `backlot ${command} --help`
  return usageError(first.replace(/\.$/, ''), near === undefined ? help : `did you mean ${near}? (${help})`)
}

/**
 * Reads a command line by the table.
 *
 * @param argv without the names of node and of the script
 * @throws BacklotError `BACKLOT_USAGE`
 */
export function parse(argv: readonly string[], table: readonly CommandSpec[], version: string): Parsed {
  const asked = withoutHelpCommand(argv)
  const at = commandIndex(asked)
  const name = at < 0 ? undefined : asked[at]
  const spec = table.find((candidate) => candidate.name === name)
  if (name !== undefined && spec === undefined) {
    const names = table.map((candidate) => candidate.name)
    throw unknownName('command', name, names, 'services of a config add more: backlot --help')
  }
  const { own, rest } = split(spec, asked.slice(at + 1))
  let text = ''
  let parsed: Parsed | undefined
  const program = new Command('backlot')
    .description('Integration tests of backends on real services.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this; backlot <command> --help says more')
    .option(sharedOptions.config.flags, sharedOptions.config.summary)
    .enablePositionalOptions()
    .addHelpText('after', footer)
    .helpCommand(false)
  for (const each of table) {
    const command = subcommand(each)
    command.action(() => {
      const options = { ...program.opts(), ...command.opts() }
      parsed = { kind: 'run', command: each, invocation: { options, args: command.args, rest } }
    })
    program.addCommand(command)
  }
  for (const each of [program, ...program.commands]) {
    each.exitOverride().configureOutput({
      writeOut: (part) => {
        text += part
      },
      writeErr: () => {},
    })
  }
  try {
    program.parse(at < 0 ? [...asked] : [...asked.slice(0, at + 1), ...own], {
      from: 'user',
    })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode !== 0) throw toUsageError(error, spec?.name)
  }
  if (parsed !== undefined) return parsed
  return { kind: 'print', text }
}
