import { expect, test } from 'vitest'
import { commands } from './commands.ts'
import { renderDocs } from './render-docs.ts'

test('docs/cli.md says what the table says', async () => {
  await expect(renderDocs(commands)).toMatchFileSnapshot('../../docs/cli.md')
})

test('every command has an example that begins with its name', () => {
  for (const { name, examples } of commands) {
    expect(examples.some(({ command }) => command.includes(`backlot ${name}`))).toBe(true)
  }
})
