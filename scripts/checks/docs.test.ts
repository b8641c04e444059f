import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folderWith } from '../lib/fixture.ts'
import { checkDocs, cutSnippets } from './docs.ts'
import { anchorOf } from './markdown.ts'

describe('links', () => {
  test('to files, headings, folders and other hosts pass', () => {
    const folder = folderWith({
      'README.md': '# One\n[a](docs/a.md) [b](docs/a.md#two-parts-1) [c](#one) [d](docs) [e](https://example.org/x#y)',
      'docs/a.md': '# Two parts\n## Two `parts`\n[up](../README.md#one)',
    })
    expect(checkDocs(folder)).toEqual([])
  })

  test('to a file or a heading that is not there fail', () => {
    const folder = folderWith({
      'README.md': '# One\n\n[a](gone.md), [b](#two)',
      'docs/a.md': '[c](../README.md#three)',
    })
    expect(checkDocs(folder)).toEqual([
      'README.md:3: gone.md: gone.md does not exist',
      'README.md:3: #two: README.md has no heading #two',
      'docs/a.md:1: ../README.md#three: README.md has no heading #three',
    ])
  })

  test('in code are no links, and headings in code no headings', () => {
    const folder = folderWith({ 'README.md': '`[a](gone.md)`\n```sh\n# two\n[b](gone.md)\n```\n[c](#two)' })
    expect(checkDocs(folder)).toEqual(['README.md:6: #two: README.md has no heading #two'])
  })

  test.for([
    ['Who may import whom', 'who-may-import-whom'],
    ['`db.sql` & friends: a *tour*', 'dbsql--friends-a-tour'],
  ] as const)('the anchor of "%s" is %s', ([heading, anchor]) => {
    expect(anchorOf(heading)).toBe(anchor)
  })
})

describe('snippets', () => {
  const source = 'const x = 1\n  // #region one\n  const y = 2\n    const z = 3\n  // #endregion\n'
  const page = (text: string, from = 'a.ts#one'): string =>
    `<!-- cut from ${from} -->\n\`\`\`ts\n${text}\n\`\`\`\nafter\n`

  test('that are what stands in the file pass', () => {
    const folder = folderWith({ 'a.ts': source, 'README.md': page('const y = 2\n  const z = 3') })
    expect(checkDocs(folder)).toEqual([])
  })

  test('that differ fail, and are cut anew', () => {
    const folder = folderWith({ 'a.ts': source, 'README.md': page('const y = 3') })
    expect(checkDocs(folder)).toEqual(['README.md:3: differs from a.ts#one: npm run fix cuts it anew'])
    cutSnippets(folder)
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe(page('const y = 2\n  const z = 3'))
  })

  test.for([
    ['b.ts#one', 'b.ts does not exist'],
    ['a.ts#two', 'a.ts has no #region two'],
  ] as const)('from %s, which is not there, fail', ([from, problem]) => {
    const folder = folderWith({ 'a.ts': source, 'README.md': page('', from) })
    expect(checkDocs(folder)).toEqual([`README.md:3: ${problem}`])
  })
})
