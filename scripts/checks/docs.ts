import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Page, readPage } from './markdown.ts'
import { checkSnippet, cutAnew } from './snippets.ts'

function pagesOf(root: string): Map<string, Page> {
  const skip = (path: string): boolean => /(^|\/)(node_modules|dist|\.git|\.backlot)(\/|$)/.test(path)
  const files = globSync('**/*.md', { cwd: root, exclude: skip }).toSorted()
  return new Map(files.map((file) => [file, readPage(readFileSync(join(root, file), 'utf8'))]))
}

/** What is wrong with a link, if anything. Links to other hosts are left alone: a check must not need the network. */
function checkLink(root: string, file: string, target: string, pages: ReadonlyMap<string, Page>): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return undefined
  const [path = '', anchor] = decodeURI(target).split('#')
  const linked = path === '' ? file : join(dirname(file), path)
  if (!existsSync(join(root, linked))) return `${target}: ${linked} does not exist`
  if (anchor === undefined || pages.get(linked)?.anchors.has(anchor)) return undefined
  return `${target}: ${linked} has no heading #${anchor}`
}

/**
 * Every relative link and anchor of every Markdown file leads somewhere, and every block marked
 * `<!-- cut from path#region -->` is what stands in that file, which runs.
 *
 * @param root absolute path of the project root
 * @returns one line for each breach
 */
export function checkDocs(root: string): string[] {
  const pages = pagesOf(root)
  return [...pages].flatMap(([file, { links, snippets }]) => [
    ...links.flatMap(({ target, line }) => {
      const problem = checkLink(root, file, target, pages)
      return problem === undefined ? [] : [`${file}:${line}: ${problem}`]
    }),
    ...snippets.flatMap((snippet) => {
      const problem = checkSnippet(root, snippet)
      return problem === undefined ? [] : [`${file}:${snippet.line}: ${problem}`]
    }),
  ])
}

/** Cuts every marked block anew from its file. */
export function cutSnippets(root: string): void {
  for (const [file, { snippets }] of pagesOf(root)) {
    if (snippets.length === 0) continue
    const path = join(root, file)
    writeFileSync(path, cutAnew(root, readFileSync(path, 'utf8'), snippets))
  }
}
