import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BacklotError } from '../../errors/index.ts'
import type { Invocation } from '../command-spec.ts'
import { exitCodes } from '../exit-codes.ts'
import { follow, lastLinesOf } from '../follow.ts'
import { openProject } from '../project.ts'
import { paintFor, printer } from '../terminal.ts'
import { unknownName, usageError } from '../usage-error.ts'

const defaultLines = 100

function lineCount(given: string | boolean | undefined): number {
  if (given === undefined) return defaultLines
  if (typeof given === 'string' && /^\d+$/.test(given)) return Number(given)
  throw usageError(`--lines takes a number, not ${given}`, 'backlot logs -n 20')
}

/** Log files by name: those of running services, and what is left of those that have ended. */
async function logFiles(invocation: Invocation): Promise<{ files: Map<string, string>; names: readonly string[] }> {
  const engine = await import('../../engine/index.ts')
  const { project, options } = await openProject(invocation)
  const { logs } = await engine.projectPaths(project.root, options.env)
  const running = await engine.status(project, options)
  const files = new Map<string, string>()
  for (const file of (await readdir(logs).catch(() => [])).toSorted()) {
    if (file.endsWith('.log')) files.set(file.replace(/\.log$/, ''), join(logs, file))
  }
  for (const { service, status } of running?.services ?? []) {
    if (status.log === undefined) continue
    for (const [name, path] of files) if (path === status.log) files.delete(name)
    files.set(service, status.log)
  }
  return { files, names: [...new Set([...Object.keys(project.services), ...files.keys()])] }
}

function chosen(
  files: ReadonlyMap<string, string>,
  names: readonly string[],
  name: string | undefined,
): [string, string][] {
  if (name === undefined) {
    if (files.size > 0) return [...files]
    throw new BacklotError('BACKLOT_USAGE', 'there are no logs yet', { hint: 'backlot up' })
  }
  const path = files.get(name)
  if (path !== undefined) return [[name, path]]
  if (!names.includes(name)) throw unknownName('service', name, names, 'backlot logs --help')
  throw new BacklotError('BACKLOT_USAGE', `${name} has no log: it has not run here`, { hint: 'backlot up' })
}

/** `backlot logs`. Following ends with the process. */
export async function logs(invocation: Invocation): Promise<number> {
  const { terminal, args, options } = invocation
  const count = lineCount(options.lines)
  const { files, names } = await logFiles(invocation)
  const sources = chosen(files, names, args[0])
  const print = printer(terminal.stdout)
  const paint = paintFor(terminal.stdout)
  const width = Math.max(...sources.map(([name]) => name.length))
  const label = (name: string): string => (sources.length > 1 ? `${paint('cyan', name.padEnd(width))} ` : '')
  for (const [name, path] of sources) {
    const { lines, end } = await lastLinesOf(path, count)
    for (const line of lines) print(label(name) + line)
    if (options.follow === true) follow(path, end, (line) => print(label(name) + line))
  }
  if (options.follow === true) await new Promise<never>(() => {})
  return exitCodes.ok
}
