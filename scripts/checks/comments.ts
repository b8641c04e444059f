import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'oxc-parser'

type Parsed = ReturnType<typeof parseSync>
type Statement = Parsed['program']['body'][number]

/** Names that a statement declares and exports; none for a re-export. */
function namesOf(statement: Statement): readonly string[] {
  if (statement.type !== 'ExportNamedDeclaration' && statement.type !== 'ExportDefaultDeclaration') return []
  const { declaration } = statement
  if (declaration === null) return []
  if (declaration.type === 'VariableDeclaration') {
    return declaration.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []))
  }
  return 'id' in declaration && declaration.id?.type === 'Identifier' ? [declaration.id.name] : []
}

/** Whether a doc comment stands right before a place. */
function isDocumented({ comments }: Parsed, text: string, start: number): boolean {
  const last = comments.findLast(({ end }) => end <= start)
  if (last === undefined || last.type !== 'Block' || !last.value.startsWith('*')) return false
  return text.slice(last.end, start).trim() === '' && /[a-z]/i.test(last.value)
}

/**
 * Every declaration that a file exports has a doc comment. Of several with one name (overloads) the first is enough;
 * names that are only handed on are documented where they are declared.
 *
 * @param src absolute path of the folder; its tests are left out
 * @returns one line for each breach
 */
export function checkComments(src: string): string[] {
  const files = globSync('**/*.ts', { cwd: src }).filter((file) => !file.endsWith('.test.ts'))
  return files.toSorted().flatMap((file) => {
    const path = join(src, file)
    const text = readFileSync(path, 'utf8')
    const parsed = parseSync(path, text)
    const documented = new Set<string>()
    return parsed.program.body.flatMap((statement) => {
      const names = namesOf(statement)
      if (isDocumented(parsed, text, statement.start)) for (const name of names) documented.add(name)
      const line = text.slice(0, statement.start).split('\n').length
      return names
        .filter((name) => !documented.has(name))
        .map((name) => `src/${file}:${line}: ${name} is exported without a doc comment: say what it is for`)
    })
  })
}
