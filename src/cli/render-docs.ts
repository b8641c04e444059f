import type { CommandSpec } from './command-spec.ts'
import { exitCodeMeanings } from './exit-codes.ts'
import { usageOf } from './parse.ts'

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``

function table(head: readonly [string, string], rows: readonly (readonly [string, string])[]): string {
  return [`| ${head[0]} | ${head[1]} |`, '| --- | --- |', ...rows.map(([a, b]) => `| ${a} | ${b} |`)].join('\n')
}

function section(spec: CommandSpec): string {
  const { args = [], options = [], passes } = spec
  const taken: [string, string][] = [
    ...args.map(({ name, summary }): [string, string] => [code(`[${name}]`), summary]),
    ...options.map(({ flags, summary }): [string, string] => [code(flags), summary]),
    ...(passes === undefined ? [] : [[code(passes.name), passes.summary] as [string, string]]),
  ]
  const examples = spec.examples.map(({ command, does }) =>
    `npx ${command}  # ${does}`.replace(/^npx eval "\$\(/, 'eval "$(npx '),
  )
  return [
    `## ${spec.name}`,
    `${spec.summary.charAt(0).toUpperCase()}${spec.summary.slice(1)}.`,
    spec.description,
    code(`npx backlot ${spec.name} ${usageOf(spec)}`.trim()),
    ...(taken.length > 0 ? [table(['', ''], taken)] : []),
    ['```sh', ...examples, '```'].join('\n'),
  ].join('\n\n')
}

/**
 * The page docs/cli.md.
 *
 * @param commands the table
 * @param fromServices commands that services add where the config names them
 */
export function renderDocs(commands: readonly CommandSpec[], fromServices: readonly CommandSpec[] = []): string {
  return [
    '# The command line',
    'Made from the table in `src/cli/commands.ts`; edit that, then run `npx vitest run tests/integration/cli/docs.test.ts -u`.',
    '`npx backlot <command>`; `npx backlot <command> --help` shows what stands here.',
    table(
      ['command', ''],
      [...commands, ...fromServices].map(({ name, summary }) => [`[${name}](#${name})`, summary] as const),
    ),
    ...commands.map(section),
    ...(fromServices.length > 0
      ? ['# Commands of services', 'There where the config names such a service.', ...fromServices.map(section)]
      : []),
    '# Exit codes',
    table(
      ['code', 'meaning'],
      exitCodeMeanings.map(([value, meaning]) => [String(value), meaning] as const),
    ),
    '# Environment',
    table(
      ['variable', ''],
      [
        [code('NO_COLOR'), 'no colour'],
        [code('FORCE_COLOR'), 'colour also where the output is no terminal'],
        [code('BACKLOT_DEBUG=1'), 'errors show their stack'],
        [code('CI=true'), 'services stop with the run instead of staying warm'],
        [code('BACKLOT_IDLE_SECONDS'), 'how long services stay warm without use (default: 900)'],
      ],
    ),
  ]
    .join('\n\n')
    .concat('\n')
}
