import { globSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { readModule } from './module.ts'

/**
 * Systems use the package as a user does: by its name, in tests alone. Nothing below a system's `src` imports it, and
 * nothing of a system reaches into another folder of the repository.
 *
 * @param systems absolute path of the folder that holds the systems
 * @returns one line for each breach
 */
export function checkSystems(systems: string): string[] {
  const files = globSync('*/**/*.ts', { cwd: systems, exclude: (path) => path.includes('node_modules') })
  return files.toSorted().flatMap((file) => {
    const [system = '', folder] = file.split(sep)
    return readModule(join(systems, file)).imports.flatMap(({ specifier, line }) => {
      const at = `systems/${file}:${line}`
      if (folder === 'src' && /^backlot(\/|$)/.test(specifier)) return [`${at}: src must not import backlot`]
      if (!specifier.startsWith('.')) return []
      const target = relative(system, join(dirname(file), specifier))
      return target.startsWith('..') ? [`${at}: ${specifier} is outside ${system}; import backlot by its name`] : []
    })
  })
}
