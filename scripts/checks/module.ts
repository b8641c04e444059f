import { readFileSync } from 'node:fs'
import { parseSync, type StaticExportEntry } from 'oxc-parser'

/** One place where a module names another. */
export interface Import {
  readonly specifier: string
  readonly line: number
  /** `url`: `new URL('./x', import.meta.url)`, a module that another process or a worker loads. */
  readonly kind: 'static' | 'type' | 'dynamic' | 'url'
}

/** A use of something that belongs to the whole process. */
export interface Ambient {
  /** As in the source: `process.env`, `Date.now`. */
  readonly what: string
  readonly line: number
}

/** What the checks need to know of a source file. */
export interface Module {
  readonly imports: readonly Import[]
  readonly ambients: readonly Ambient[]
  /** `defineBacklot`, `type BacklotConfig`, `* from ./x.ts`, sorted. */
  readonly exports: readonly string[]
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string; readonly start: number }

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value

function* children(node: Node): Iterable<Node> {
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) yield* value.filter(isNode)
    else if (isNode(value)) yield value
  }
}

/** The text that a string expression begins with: `'./a' + x` and `./a${x}` begin with `./a`. */
function beginning(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined
  if (node.type === 'BinaryExpression') return beginning(node.left)
  if (node.type !== 'TemplateLiteral' || !Array.isArray(node.quasis)) return undefined
  const first: { value?: { cooked?: string } } | undefined = node.quasis[0]
  return first?.value?.cooked
}

const named = (node: unknown, name: string): boolean => isNode(node) && node.type === 'Identifier' && node.name === name

const processNames = new Set(['env', 'stdout', 'stderr'])

function ambientOf(node: Node): string | undefined {
  if (node.type === 'MemberExpression' && isNode(node.property)) {
    const property = node.property.name ?? node.property.value
    if (named(node.object, 'process') && processNames.has(String(property))) {
      return `process.${property}`
    }
    if (named(node.object, 'Date') && property === 'now') return 'Date.now'
    if (named(node.object, 'console')) return `console.${property}`
  }
  if (node.type === 'NewExpression' && named(node.callee, 'Date') && Array.isArray(node.arguments)) {
    return node.arguments.length === 0 ? 'new Date()' : undefined
  }
  return node.type === 'CallExpression' && named(node.callee, 'Date') ? 'Date()' : undefined
}

function importOf(node: Node): Omit<Import, 'line'> | undefined {
  const source = beginning(node.source)
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration': {
      if (source === undefined) return undefined
      return { specifier: source, kind: (node.importKind ?? node.exportKind) === 'type' ? 'type' : 'static' }
    }
    case 'TSImportType':
      return source === undefined ? undefined : { specifier: source, kind: 'type' }
    case 'ImportExpression':
      return { specifier: source ?? '', kind: 'dynamic' }
    case 'NewExpression': {
      const [path, base] = Array.isArray(node.arguments) ? node.arguments : []
      if (!named(node.callee, 'URL') || !isNode(base) || base.type !== 'MemberExpression') return undefined
      const specifier = beginning(path)
      return specifier === undefined ? undefined : { specifier, kind: 'url' }
    }
    default:
      return undefined
  }
}

function exportName(entry: StaticExportEntry): string {
  if (entry.exportName.kind === 'None') return `* from ${entry.moduleRequest?.value ?? ''}`
  const name = entry.exportName.name ?? 'default'
  return entry.isType ? `type ${name}` : name
}

/**
 * Reads one TypeScript file for the checks: every import (type imports, `import()` and modules by URL too), every use of
 * what belongs to the process, every export.
 *
 * @param path absolute path
 * @throws Error when the file does not parse
 */
export function readModule(path: string): Module {
  const text = readFileSync(path, 'utf8')
  const parsed = parseSync(path, text)
  const [broken] = parsed.errors
  if (broken !== undefined) throw new Error(`${path}: ${broken.message}`)
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length
  const imports: Import[] = []
  const ambients: Ambient[] = []
  const visit = (node: Node): void => {
    const found = importOf(node)
    if (found !== undefined) imports.push({ ...found, line: lineAt(node.start) })
    const what = ambientOf(node)
    if (what !== undefined) ambients.push({ what, line: lineAt(node.start) })
    if (node.type === 'ImportSpecifier' && isNode(node.imported) && processNames.has(String(node.imported.name))) {
      const from = parsed.module.staticImports.find(({ start, end }) => start <= node.start && node.start < end)
      if (from?.moduleRequest.value === 'node:process') {
        ambients.push({ what: `process.${String(node.imported.name)}`, line: lineAt(node.start) })
      }
    }
    for (const child of children(node)) visit(child)
  }
  const program: unknown = parsed.program
  if (isNode(program)) visit(program)
  const exports = parsed.module.staticExports.flatMap(({ entries }) => entries.map(exportName)).toSorted()
  return { imports, ambients, exports }
}
