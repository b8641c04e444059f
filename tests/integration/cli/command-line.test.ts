import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backlot } from './backlot.ts'

let empty: string
beforeAll(async () => {
  empty = await mkdtemp(join(tmpdir(), 'backlot-cli-'))
})
afterAll(() => rm(empty, { recursive: true }))

const esc = String.fromCharCode(27)

describe('help and version', () => {
  test('--version prints the version of the package', async () => {
    expect(await backlot(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    })
  })

  test('--help, help and nothing at all show every command and where to begin', async () => {
    const shown = await Promise.all([['--help'], ['help'], [], ['-h']].map((args) => backlot(args, { cwd: empty })))
    for (const { code, stdout, stderr } of shown) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toBe(shown[0]?.stdout)
    }
    for (const name of ['test', 'up', 'down', 'status', 'logs', 'install', 'doctor']) {
      expect(shown[0]?.stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'))
    }
    expect(shown[0]?.stdout).toContain('Begin with:\n  backlot doctor')
    expect(shown[0]?.stdout).toContain('130 interrupted')
  })

  test('a command’s help has examples', async () => {
    const [byOption, byCommand] = await Promise.all([backlot(['logs', '--help']), backlot(['help', 'logs'])])
    expect(byOption.code).toBe(0)
    expect(byOption.stdout).toContain('Usage: backlot logs [options] [service]')
    expect(byOption.stdout).toContain('Examples:\n  backlot logs db')
    expect(byCommand.stdout).toBe(byOption.stdout)
    const ours = await backlot(['test', '--help'])
    expect(ours.stdout).toContain('--keep-on-failure')
  })

  test('in a project the commands of its services are shown', async () => {
    const { stdout } = await backlot(['--help'])
    expect(stdout).toMatch(/^ {2}note .*read the note$/m)
    expect((await backlot(['note', '--help'])).stdout).toContain('--upper-case')
  })
})

describe('wrong command lines end with 2 and say what is right', () => {
  test.each([
    [
      ['tset'],
      'BACKLOT_USAGE: unknown command tset\n  → did you mean test? (services of a config add more: backlot --help)\n',
    ],
    [
      ['frobnicate'],
      'BACKLOT_USAGE: unknown command frobnicate\n  → there are: test, up, down, status, logs, install, doctor (services of a config add more: backlot --help)\n',
    ],
    [
      ['help', 'statsu'],
      'BACKLOT_USAGE: unknown command statsu\n  → did you mean status? (services of a config add more: backlot --help)\n',
    ],
    [
      ['status', '--jsno'],
      "BACKLOT_USAGE: unknown option '--jsno'\n  → did you mean --json? (backlot status --help)\n",
    ],
    [
      ['up', 'db'],
      "BACKLOT_USAGE: too many arguments for 'up'. Expected 0 arguments but got 1: db\n  → backlot up --help\n",
    ],
    [['up', '--config'], "BACKLOT_USAGE: option '--config <file>' argument missing\n  → backlot up --help\n"],
    [['--config', 'x.ts'], 'BACKLOT_USAGE: no command was given\n  → backlot --help shows them\n'],
    [['logs', '-n', 'few'], 'BACKLOT_USAGE: --lines takes a number, not few\n  → backlot logs -n 20\n'],
  ])('%j', async (args, stderr) => {
    expect(await backlot(args, { cwd: empty })).toEqual({ code: 2, signal: null, stdout: '', stderr })
  })
})

describe('configs that cannot be had end with 1', () => {
  test('none from here upwards', async () => {
    const ran = await backlot(['status'], { cwd: empty })
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toMatch(/^BACKLOT_CONFIG_NOT_FOUND: no backlot\.config\.ts in .*\n {2}→ create one: /)
  })

  test('one that is named and not there, before or behind the command', async () => {
    for (const args of [
      ['--config', 'other.ts', 'up'],
      ['up', '--config', 'other.ts'],
      ['--config=other.ts', 'note'],
    ]) {
      const { code, stderr } = await backlot(args, { cwd: empty })
      expect(code).toBe(1)
      expect(stderr).toMatch(/^BACKLOT_CONFIG_NOT_FOUND: there is no file .*other\.ts\n/)
    }
  })

  /** Cause and hint that are told of a config with this text. */
  async function saidOf(name: string, text: string): Promise<string> {
    await writeFile(join(empty, name), text)
    const { code, stderr } = await backlot(['status', '--config', name], { cwd: empty })
    expect(code).toBe(1)
    const [cause = '', hint = ''] = stderr.split('\n')
    return `${cause.replace(/\S*backlot-cli-\w+/, '<folder>')}\n${hint}`
  }

  test('one that exports something else', async () => {
    expect(await saidOf('plain.ts', 'export default { db: 1 }\n')).toMatchInlineSnapshot(`
      "BACKLOT_CONFIG_INVALID: <folder>/plain.ts has no config as its default export
        → write: export default defineBacklot({ services: { ... } })"
    `)
  })

  test('one that Node cannot read by stripping types', async () => {
    expect(await saidOf('enum.ts', 'enum Level { Low }\nexport default Level\n')).toMatchInlineSnapshot(`
      "BACKLOT_CONFIG_INVALID: <folder>/enum.ts could not be loaded: TypeScript enum is not supported in strip-only mode
        → Node strips types only: load such code lazily, app: async (services) => (await import("./app.ts")).build(services), or set NODE_OPTIONS="--import tsx""
    `)
  })

  test('one that throws, with its stack on request', async () => {
    await writeFile(join(empty, 'throws.ts'), 'throw new Error("not today")\n')
    const quiet = await backlot(['down', '--config', 'throws.ts'], { cwd: empty })
    expect(quiet.code).toBe(1)
    expect(quiet.stderr).toMatch(/^BACKLOT_CONFIG_INVALID: .*throws\.ts could not be loaded: not today\n/)
    expect(quiet.stderr).not.toContain('caused by:')
    const loud = await backlot(['down', '--config', 'throws.ts'], { cwd: empty, env: { BACKLOT_DEBUG: '1' } })
    expect(loud.stderr).toContain('caused by: Error: not today')
  })
})

describe('colour', () => {
  test('none where the output is no terminal', async () => {
    expect((await backlot(['tset'], { cwd: empty })).stderr).not.toContain(esc)
  })

  test('FORCE_COLOR asks for it, NO_COLOR refuses it', async () => {
    expect((await backlot(['tset'], { cwd: empty, env: { FORCE_COLOR: '1' } })).stderr).toContain(
      `${esc}[31mBACKLOT_USAGE`,
    )
    expect((await backlot(['tset'], { cwd: empty, env: { NO_COLOR: '1' } })).stderr).not.toContain(esc)
  })
})
