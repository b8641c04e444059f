import { describe, expect, test } from 'vitest'
import { isBacklotError } from '../errors/index.ts'
import { commands } from './commands.ts'
import { parse } from './parse.ts'
import { specFor } from './service-commands.ts'

const psql = specFor({
  name: 'psql',
  summary: 'open a prompt',
  options: [{ flags: '--failed', summary: 'the last failed test’s' }],
  run: async () => 0,
})

function parsed(...argv: string[]): unknown {
  const result = parse(argv, [...commands, psql], '1.2.3')
  return result.kind === 'run' ? [result.command.name, result.invocation] : result.text
}

function refused(...argv: string[]): string {
  try {
    return JSON.stringify(parsed(...argv))
  } catch (error) {
    return isBacklotError(error, 'BACKLOT_USAGE') ? `${error.summary} → ${error.hint}` : String(error)
  }
}

describe('commands of Backlot', () => {
  test('options and arguments', () => {
    expect(parsed('up')).toEqual(['up', { options: {}, args: [], rest: [] }])
    expect(parsed('logs', 'db', '-f', '-n', '5')).toEqual([
      'logs',
      { options: { follow: true, lines: '5' }, args: ['db'], rest: [] },
    ])
  })

  test('the config before and behind the command, the nearer one wins', () => {
    expect(parsed('--config', 'a.ts', 'status')).toMatchObject(['status', { options: { config: 'a.ts' } }])
    expect(parsed('status', '--config=a.ts', '--json')).toMatchObject([
      'status',
      { options: { config: 'a.ts', json: true } },
    ])
    expect(parsed('--config', 'a.ts', 'status', '--config', 'b.ts')).toMatchObject([
      'status',
      { options: { config: 'b.ts' } },
    ])
  })

  test('version', () => {
    expect(parsed('--version')).toBe('1.2.3\n')
    expect(parsed('-V')).toBe('1.2.3\n')
  })

  test('what is wrong', () => {
    expect(refused('logs', 'a', 'b')).toContain("too many arguments for 'logs'")
    expect(refused('doctor', '--jason')).toContain(
      "unknown option '--jason' → did you mean --json? (backlot doctor --help)",
    )
    expect(refused('Up')).toContain('unknown command Up → did you mean up?')
  })
})

describe('test hands on what is not its own', () => {
  const rest = (...args: string[]): unknown => parsed('test', ...args)
  test.each([
    [['users', '-t', 'signs up', '--config', 'x.ts'], {}, ['users', '-t', 'signs up', '--config', 'x.ts']],
    [['a', '--keep', '-u'], { keep: true }, ['a', '-u']],
    [['--keep-on-failure'], { keepOnFailure: true }, []],
    [['--', '--help'], {}, ['--help']],
    [['--keep', '--', '--keep'], { keep: true }, ['--keep']],
    [['a', '--', 'b'], {}, ['a', '--', 'b']],
    [['a', '--help'], {}, ['a', '--help']],
    [['--reporter=dot', '--no-color'], {}, ['--reporter=dot', '--no-color']],
  ])('%j', (args, options, expected) => {
    expect(rest(...args)).toEqual(['test', { options, args: [], rest: expected }])
  })

  test('a config before it is Backlot’s', () => {
    expect(parsed('--config', 'a.ts', 'test', '--config', 'b.ts')).toEqual([
      'test',
      { options: { config: 'a.ts' }, args: [], rest: ['--config', 'b.ts'] },
    ])
  })

  test('its own help comes first', () => {
    expect(parsed('test', '--help')).toContain('Usage: backlot test')
    expect(parsed('help', 'test')).toContain('Usage: backlot test')
  })
})

describe('commands of services', () => {
  test('all behind -- goes to the other program', () => {
    expect(parsed('psql')).toEqual(['psql', { options: {}, args: [], rest: [] }])
    expect(parsed('psql', 'db', '--failed', '--', '-c', 'select 1', '--failed')).toEqual([
      'psql',
      { options: { failed: true }, args: ['db'], rest: ['-c', 'select 1', '--failed'] },
    ])
    expect(parsed('psql', '--', '-c', 'x')).toEqual(['psql', { options: {}, args: [], rest: ['-c', 'x'] }])
  })

  test('before -- only its own options count', () => {
    expect(refused('psql', '-c', 'x')).toContain("unknown option '-c'")
  })
})
