import { createInterface } from 'node:readline/promises'
import type { Client } from 'pg'
import { BacklotError } from '../../errors/index.ts'
import { connect, printingOptions } from '../client.ts'
import type { Connection } from '../contract.ts'
import { splitStatements } from '../migrate/split.ts'
import { formatTable } from './format-table.ts'

/** Where the prompt reads and writes. */
export interface PromptStreams {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
  readonly print: (line: string) => void
}

const tables = `SELECT n.nspname AS schema, c.relname AS name, pg_catalog.pg_get_userbyid(c.relowner) AS owner
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, 2`

/** Runs one statement and prints its rows. Resolves to false if Postgres refused it. */
async function runStatement(client: Client, text: string, print: (line: string) => void): Promise<boolean> {
  try {
    const result = await client.query({
      text,
      rowMode: 'array',
      types: { getTypeParser: () => (value: string) => value },
    })
    const names = result.fields.map(({ name }) => name)
    if (names.length > 0) for (const line of formatTable(names, result.rows)) print(line)
    else print(`${result.command}${result.rowCount === null ? '' : ` ${result.rowCount}`}`)
    return true
  } catch (error) {
    print(`ERROR: ${error instanceof Error ? error.message : String(error)}`)
    return false
  }
}

/** The statements of `-c`, which may stand several times. */
function commandsOf(args: readonly string[]): readonly string[] {
  const commands: string[] = []
  for (let index = 0; index < args.length; index += 2) {
    const value = args[index + 1]
    if ((args[index] !== '-c' && args[index] !== '--command') || value === undefined) {
      throw new BacklotError('BACKLOT_USAGE', `the built-in SQL prompt does not know ${args[index]}`, {
        hint: 'it takes -c "SELECT ..." alone; install psql (package postgresql-client) for everything else',
      })
    }
    commands.push(value)
  }
  return commands
}

async function converse(client: Client, streams: PromptStreams, database: string): Promise<void> {
  const { input, output, print } = streams
  print('A small SQL prompt: end statements with ; and leave with \\q. \\dt lists the tables.')
  const lines = createInterface({ input, output, prompt: `${database}=> ` })
  let typed = ''
  // Input may end while a statement still runs; what was typed before is run all the same.
  let ended = false
  lines.once('close', () => {
    ended = true
  })
  lines.prompt()
  for await (const line of lines) {
    const command = typed === '' ? line.trim() : ''
    if (command === '\\q' || command === 'exit' || command === 'quit') break
    if (command === '\\dt') await runStatement(client, tables, print)
    else if (command !== '') typed += `${line}\n`
    else if (typed !== '') typed += `${line}\n`
    if (/;\s*$/.test(typed)) {
      for (const { text } of splitStatements(typed)) await runStatement(client, text, print)
      typed = ''
    }
    if (ended) continue
    lines.setPrompt(`${database}${typed === '' ? '=' : '-'}> `)
    lines.prompt()
  }
  lines.close()
}

/**
 * A small SQL prompt, for machines without psql.
 *
 * @param args nothing, or `-c` and a statement
 * @returns exit code: 1 if a statement of `-c` failed
 * @throws BacklotError `BACKLOT_USAGE` for other arguments
 */
export async function runPrompt(to: Connection, args: readonly string[], streams: PromptStreams): Promise<number> {
  const commands = commandsOf(args)
  const client = await connect(to, { applicationName: 'backlot:psql', options: printingOptions })
  try {
    for (const command of commands) {
      for (const { text } of splitStatements(command)) {
        if (!(await runStatement(client, text, streams.print))) return 1
      }
    }
    if (commands.length === 0) await converse(client, streams, to.database)
    return 0
  } finally {
    await client.end()
  }
}
