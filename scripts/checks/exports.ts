import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readModule } from './module.ts'

/** Every public name by subpath: `{ ".": ["defineBacklot", "type Backlot"] }`. */
export type PublicNames = Readonly<Record<string, readonly string[]>>

/** Path of the committed list, from the project root. */
const pinnedNames = 'scripts/checks/public-names.json'

/**
 * Reads the public names off the sources that the package's `exports` are built from.
 *
 * @param root absolute path of the folder with package.json
 */
export function publicNames(root: string): PublicNames {
  const manifest: { exports: Record<string, string> } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const entries = Object.entries(manifest.exports).filter(([, target]) => target.endsWith('.js'))
  return Object.fromEntries(
    entries.map(([subpath, target]) => {
      const source = target.replace('./dist/', 'src/').replace(/\.js$/, '.ts')
      return [subpath, readModule(join(root, source)).exports]
    }),
  )
}

/**
 * Compares two lists of public names both ways. A wildcard or a default export is refused: names are public one by one.
 *
 * @returns one line for each difference
 */
export function compareNames(pinned: PublicNames, found: PublicNames): string[] {
  const subpaths = [...new Set([...Object.keys(pinned), ...Object.keys(found)])]
  return subpaths.flatMap((subpath) => {
    const before = pinned[subpath] ?? []
    const now = found[subpath] ?? []
    return [
      ...now
        .filter((name) => name === 'default' || name.startsWith('*'))
        .map((name) => `${subpath} exports ${name}: export every name by itself`),
      ...now.filter((name) => !before.includes(name)).map((name) => `${subpath} exports ${name}, which is not pinned`),
      ...before.filter((name) => !now.includes(name)).map((name) => `${subpath} no longer exports ${name}`),
    ]
  })
}

/** Compares the committed list with the sources. */
export function checkExports(root: string): string[] {
  const pinned: PublicNames = JSON.parse(readFileSync(join(root, pinnedNames), 'utf8'))
  const problems = compareNames(pinned, publicNames(root))
  return problems.length === 0 ? [] : [...problems, 'if this is meant: npm run fix, and an entry in CHANGELOG.md']
}

/** Writes the list anew. */
export function pinExports(root: string): void {
  writeFileSync(join(root, pinnedNames), `${JSON.stringify(publicNames(root), null, 2)}\n`)
}
