/** A fenced block that says which part of which file it was cut from. */
export interface Snippet {
  /** Path from the project root, then `#` and the region's name, or the path alone for the whole file. */
  readonly source: string
  /** Line of the fence's first content line, from 1. */
  readonly line: number
  readonly text: string
}

/** A Markdown file as the checks see it. */
export interface Page {
  readonly links: readonly { readonly target: string; readonly line: number }[]
  /** Anchors that a link may end in. */
  readonly anchors: ReadonlySet<string>
  readonly snippets: readonly Snippet[]
}

/** The anchor that GitHub gives to a heading. */
export function anchorOf(heading: string): string {
  const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '')
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
}

const cutMark = /^<!-- cut from (\S+) -->$/

/** Reads links, anchors and cut snippets off a page; what stands in fenced blocks is neither link nor heading. */
export function readPage(text: string): Page {
  const links: { target: string; line: number }[] = []
  const anchors = new Set<string>()
  const snippets: Snippet[] = []
  const counts = new Map<string, number>()
  const lines = text.split('\n')
  let fence: { readonly mark: string; readonly first: number; readonly source: string | undefined } | undefined
  for (const [index, line] of lines.entries()) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (fence !== undefined) {
      if (mark === undefined || !mark.startsWith(fence.mark)) continue
      const content = lines.slice(fence.first, index).join('\n')
      if (fence.source !== undefined) snippets.push({ source: fence.source, line: fence.first + 1, text: content })
      fence = undefined
      continue
    }
    if (mark !== undefined) {
      fence = { mark, first: index + 1, source: cutMark.exec(lines[index - 1] ?? '')?.[1] }
      continue
    }
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1]
    if (heading !== undefined) {
      const anchor = anchorOf(heading)
      const seen = counts.get(anchor) ?? 0
      counts.set(anchor, seen + 1)
      anchors.add(seen === 0 ? anchor : `${anchor}-${seen}`)
    }
    const prose = line.replace(/`[^`]*`/g, '')
    for (const [, target = ''] of prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)) {
      links.push({ target, line: index + 1 })
    }
  }
  return { links, anchors, snippets }
}
