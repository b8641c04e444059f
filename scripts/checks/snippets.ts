import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Snippet } from './markdown.ts'

/** Takes the indentation away that all lines share. */
function dedent(lines: readonly string[]): string {
  const depths = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length)
  const depth = Math.min(...depths)
  return lines.map((line) => line.slice(depth)).join('\n')
}

/**
 * The text that a snippet is cut from: the lines between `#region name` and the next `#endregion`, or the whole file.
 *
 * @throws Error when the file or the region is not there
 */
function sourceOf(root: string, source: string): string {
  const [path = '', region] = source.split('#')
  if (!existsSync(join(root, path))) throw new Error(`${path} does not exist`)
  const lines = readFileSync(join(root, path), 'utf8').trimEnd().split('\n')
  if (region === undefined) return lines.join('\n')
  const first = lines.findIndex((line) => line.trim().endsWith(`#region ${region}`))
  if (first === -1) throw new Error(`${path} has no #region ${region}`)
  const length = lines.slice(first).findIndex((line) => /#endregion\b/.test(line))
  if (length === -1) throw new Error(`#region ${region} of ${path} has no #endregion`)
  return dedent(lines.slice(first + 1, first + length))
}

/** What is wrong with a snippet, if anything. */
export function checkSnippet(root: string, snippet: Snippet): string | undefined {
  try {
    if (sourceOf(root, snippet.source) === snippet.text) return undefined
    return `differs from ${snippet.source}: npm run fix cuts it anew`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** A page's text with every snippet cut anew. */
export function cutAnew(root: string, text: string, snippets: readonly Snippet[]): string {
  const lines = text.split('\n')
  for (const { source, line, text: old } of snippets.toReversed()) {
    lines.splice(line - 1, old === '' ? 0 : old.split('\n').length, ...sourceOf(root, source).split('\n'))
  }
  return lines.join('\n')
}
