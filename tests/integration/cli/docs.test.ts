import { expect, test } from 'vitest'
import { commands } from '../../../src/cli/commands.ts'
import { renderDocs } from '../../../src/cli/render-docs.ts'
import { serviceCommands } from '../../../src/cli/service-commands.ts'
import { postgres } from '../../../src/postgres/index.ts'

const fromServices = serviceCommands({ db: postgres() })

test('docs/cli.md says what the table and the services say', async () => {
  await expect(renderDocs(commands, fromServices)).toMatchFileSnapshot('../../../docs/cli.md')
})

test('every command has an example of itself', () => {
  for (const { name, examples } of [...commands, ...fromServices]) {
    expect(examples.some(({ command }) => command.includes(`backlot ${name}`))).toBe(true)
  }
})
