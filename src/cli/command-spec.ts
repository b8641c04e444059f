import type { Progress } from '../contracts/index.ts'
import type { Terminal } from './terminal.ts'

/** An option as parsing, help and docs need it. */
export interface OptionSpec {
  /** As commander reads it: `-n, --lines <count>`. */
  readonly flags: string
  readonly summary: string
}

/** A positional argument, as help and docs/cli.md show it. */
export interface ArgumentSpec {
  readonly name: string
  readonly summary: string
}

/** What a command is given when it runs. */
export interface Invocation {
  /** By the camel-cased name of the option. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  /** Positional arguments. */
  readonly args: readonly string[]
  /** What stood after `--`, or all that a command with `passes` leaves to another program. */
  readonly rest: readonly string[]
  readonly terminal: Terminal
  readonly progress: Progress
  /** Takes progress and the handling of Ctrl-C away: another program has the terminal from here on. */
  readonly done: () => void
}

/** Resolves to the exit code. */
export type Run = (invocation: Invocation) => Promise<number>

/** One command: the single source of its parsing, its help and its page in the docs. */
export interface CommandSpec {
  readonly name: string
  /** One line, without a full stop. */
  readonly summary: string
  /** A paragraph: what happens, and what does not. */
  readonly description: string
  /** All optional. */
  readonly args?: readonly ArgumentSpec[]
  readonly options?: readonly OptionSpec[]
  /** Set where further arguments go to another program, untouched: how they are shown (`[vitest args]`), and what they are. */
  readonly passes?: ArgumentSpec & {
    /** Behind `--` alone, or anything that is not an option of this command. */
    readonly from: 'dashes' | 'anywhere'
  }
  readonly examples: readonly { readonly command: string; readonly does: string }[]
  /** Loads the code: help must not wait for the engine. */
  readonly load: () => Promise<Run>
}

/** Options that more than one command takes. */
export const sharedOptions: { readonly config: OptionSpec; readonly json: OptionSpec } = {
  config: {
    flags: '--config <file>',
    summary: 'the config file, if not the nearest backlot.config.ts from here upwards',
  },
  json: { flags: '--json', summary: 'print one JSON document, for programs' },
}

/** Name under which commander keeps an option: `--keep-on-failure` → `keepOnFailure`. */
export function optionKey(flags: string): string {
  const long = /--([\w-]+)/.exec(flags)?.[1] ?? ''
  return long.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
