import { globSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { cycles } from './cycles.ts'
import { type Import, type Module, readModule } from './module.ts'
import { type Room, roomMap } from './room-map.ts'

const isTest = (file: string): boolean => file.endsWith('.test.ts')

/** Room of a path below `src`: its first folder, or `entry` for the files beside the folders. */
function roomOf(file: string): string {
  const [first = '', ...rest] = file.split(sep)
  return rest.length === 0 ? 'entry' : first
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

/** What is wrong with one import, if anything. */
function judge(file: string, found: Import, room: Room, name: string): string | undefined {
  const { specifier } = found
  if (specifier === '') return 'import() of a path that is computed: the rooms cannot be checked'
  if (specifier.startsWith('.')) {
    const target = relative('.', join(dirname(file), specifier))
    if (found.kind === 'url' && /^[./]+$/.test(specifier)) return undefined
    // The manifest lies beside dist as it lies beside src.
    if (target === join('..', 'package.json')) return undefined
    if (isTest(file) && target.startsWith(join('..', 'tests', ''))) return undefined
    if (target.startsWith('..')) return `imports ${specifier}, which is outside src`
    const other = roomOf(target)
    if (other === name || room.rooms.includes(other)) return undefined
    return `room ${name} must not import room ${other} (${specifier})`
  }
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? undefined : `write node:${specifier}`
  if (isTest(file) || room.packages.includes(packageOf(specifier))) return undefined
  return `room ${name} must not import the package ${packageOf(specifier)}`
}

function checkFile(file: string, module: Module, map: Readonly<Record<string, Room>>): string[] {
  const name = roomOf(file)
  const room = map[name]
  if (room === undefined) return [`src/${file}: room ${name} is not in scripts/checks/room-map.ts`]
  const problems = module.imports.flatMap((found) => {
    // A computed import() is how the engine loads the user's config and the hosts that services name.
    if (found.specifier === '' && room.ambient) return []
    const problem = judge(file, found, room, name)
    return problem === undefined ? [] : [`src/${file}:${found.line}: ${problem}`]
  })
  if (room.ambient || isTest(file)) return problems
  const ambients = module.ambients.map(
    ({ what, line }) => `src/${file}:${line}: ${what} is read in engine and cli alone; take it as an argument`,
  )
  return [...problems, ...ambients]
}

function addEdge(graph: Map<string, Set<string>>, from: string, to: string): void {
  const targets = graph.get(from) ?? new Set()
  graph.set(from, targets.add(to))
}

/** Cycles of files, and of rooms. A module by URL is loaded by another process, so it closes no cycle. */
function checkCycles(modules: ReadonlyMap<string, Module>): string[] {
  const files = new Map<string, Set<string>>()
  const rooms = new Map<string, Set<string>>()
  for (const [file, { imports }] of modules) {
    for (const { specifier, kind } of imports) {
      if (kind === 'url' || !specifier.startsWith('.')) continue
      const target = relative('.', join(dirname(file), specifier))
      addEdge(files, file, target)
      if (roomOf(file) !== roomOf(target)) addEdge(rooms, roomOf(file), roomOf(target))
    }
  }
  return [
    ...cycles(files).map((group) => `cycle of files: ${group.join(', ')}`),
    ...cycles(rooms).map((group) => `cycle of rooms: ${group.join(', ')}`),
  ]
}

/**
 * Holds the rules of the room map over a source tree.
 *
 * @param src absolute path of the folder whose sub-folders are the rooms
 * @returns one line for each breach; none when all is well
 */
export function checkRooms(src: string, map: Readonly<Record<string, Room>> = roomMap): string[] {
  const files = globSync('**/*.ts', { cwd: src }).toSorted()
  const modules = new Map(files.map((file) => [file, readModule(join(src, file))]))
  return [...[...modules].flatMap(([file, module]) => checkFile(file, module, map)), ...checkCycles(modules)]
}
