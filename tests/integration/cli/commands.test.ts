import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backlot, printed, project, start } from './backlot.ts'

beforeAll(async () => {
  await backlot(['down'])
})
afterAll(async () => {
  await backlot(['down'])
})

describe('up, status and down', () => {
  test('up prints an environment that a shell reads, and the rest beside it', async () => {
    const ran = await backlot(['up'])
    expect(ran.code).toBe(0)
    expect(ran.stdout).toBe(
      ['memo', 'first', 'second']
        .map((name) => `export ${name.toUpperCase()}_URL='note://${name}?it'\\''s=1'\n`)
        .join(''),
    )
    expect(ran.stderr).toMatch(/^memo {4}Note 1\.0 {2}desk:1 {2}from drawer$/m)
    expect(ran.stderr).toContain('Stays up for 30 seconds without use. Look: backlot status. Stop: backlot down.')
  })

  test('up --json prints one document', async () => {
    const { stdout } = await backlot(['up', '--json'])
    expect(JSON.parse(stdout).services[0]).toMatchObject({
      service: 'memo',
      status: { product: 'Note 1.0' },
      environment: { MEMO_URL: "note://memo?it's=1" },
    })
  })

  test('status shows what stayed, down stops it', async () => {
    await backlot(['up'])
    const { stdout } = await backlot(['status'])
    expect(stdout).toMatch(/^first {3}Note 1\.0 {2}desk:1 {2}from drawer {2}pid \d+ {2}0 leases\n/)
    expect(stdout).toMatch(/supervisor pid \d+, since .*Z, in use by nobody, stops after 30 seconds without use\n$/)
    const status = JSON.parse((await backlot(['status', '--json'])).stdout)
    expect(status).toMatchObject({ running: true, clients: 0, stopsWhenIdleAfterMs: 30_000 })
    expect(await backlot(['down'])).toMatchObject({ code: 0, stdout: 'stopped\n' })
    expect(await backlot(['down'])).toMatchObject({ code: 0, stdout: 'nothing was running\n' })
    expect((await backlot(['status'])).stdout).toBe(`nothing runs for ${project}\nStart it: backlot up\n`)
    expect(JSON.parse((await backlot(['status', '--json'])).stdout)).toEqual({ running: false })
  })

  test('what takes more than a second is told in plain lines', async () => {
    await backlot(['down'])
    const { stderr } = await backlot(['up'], { env: { NOTE_SLOW_MS: '1300' } })
    expect(stderr).toMatch(/^backlot: sharpening the pencil of memo, 0 of 3 …\n/)
    expect(stderr).toContain('backlot: sharpening the pencil of memo: done after 1 s\n')
    expect(stderr).not.toContain('\r')
  })

  test('Ctrl-C ends with 130', async () => {
    await backlot(['down'])
    const { child, ended } = start(['up'], { env: { NOTE_SLOW_MS: '1500' } })
    await printed(child, 'stderr', /sharpening/)
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 130, signal: null })
  })
})

describe('install and doctor', () => {
  test('install says what is there now', async () => {
    expect(await backlot(['install'])).toMatchObject({
      code: 0,
      stdout:
        'memo    pencil of memo is in the drawer\nfirst   pencil of first is in the drawer\nsecond  pencil of second is in the drawer\n',
    })
  })

  test('doctor shows each link', async () => {
    const { code, stdout } = await backlot(['doctor'])
    expect(code).toBe(0)
    expect(stdout).toContain(
      'memo (note)\n  ✓ drawer  a pencil\n  – shop    closed\n            → come back tomorrow\n',
    )
  })

  test('doctor fails where nothing serves', async () => {
    const { code, stdout } = await backlot(['doctor', '--config', 'without-pencil.config.ts'])
    expect(code).toBe(1)
    expect(stdout).toContain('memo: nothing can serve it; one of the links above must\n')
    const json = await backlot(['--config', 'without-pencil.config.ts', 'doctor', '--json'])
    expect(json.code).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      services: [{ service: 'memo', reports: [{ link: 'drawer', serves: false }, { link: 'shop' }] }],
    })
  })
})

describe('logs', () => {
  test('of one service, of all, and of one that has ended', async () => {
    // The log goes on from start to start: its last lines are those of a start only right after one.
    await backlot(['down'])
    await backlot(['up'])
    expect((await backlot(['logs', 'memo'])).stdout).toMatch(/memo started\nready\n$/)
    expect((await backlot(['logs', 'memo', '-n', '1'])).stdout).toBe('ready\n')
    const all = (await backlot(['logs'])).stdout
    expect(all).toMatch(/^memo {7}ready$/m)
    expect(all).toMatch(/^supervisor .*started for/m)
    await backlot(['down'])
    expect((await backlot(['logs', 'memo', '-n', '1'])).stdout).toBe('ready\n')
  })

  test('what has none yet says so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'backlot-cli-'))
    try {
      const config = new URL('./project/backlot.config.ts', import.meta.url).href
      const root = JSON.stringify(folder)
      const text = `import config from ${JSON.stringify(config)}\nexport default { ...config, root: ${root} }\n`
      await writeFile(join(folder, 'backlot.config.ts'), text)
      const none = await backlot(['logs'], { cwd: folder })
      expect(none).toMatchObject({ code: 2, stderr: 'BACKLOT_USAGE: there are no logs yet\n  → backlot up\n' })
      expect(await backlot(['logs', 'memo'], { cwd: folder })).toMatchObject({
        code: 2,
        stderr: 'BACKLOT_USAGE: memo has no log: it has not run here\n  → backlot up\n',
      })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('an unknown service is a wrong command line', async () => {
    const { code, stderr } = await backlot(['logs', 'mem'])
    expect(code).toBe(2)
    expect(stderr).toContain('unknown service mem\n  → did you mean memo?')
  })

  test('-f prints what is added, until interrupted', async () => {
    await backlot(['up'])
    const { child, ended } = start(['logs', 'memo', '-f', '-n', '1'])
    await printed(child, 'stdout', /ready\n/)
    const added = printed(child, 'stdout', /asked for log this\n/)
    await backlot(['memo', '--', 'log', 'this'])
    await added
    child.kill('SIGINT')
    expect((await ended).code).toBe(130)
  })
})

describe('commands of services', () => {
  test('start their service, and get their options and what stands after --', async () => {
    await backlot(['down'])
    expect(await backlot(['memo'])).toMatchObject({ code: 0, stdout: 'memo: the note (Note 1.0)\n' })
    expect((await backlot(['memo', 'memo', '--upper-case', '--', 'a', '--b'])).stdout).toBe('memo: A --B (Note 1.0)\n')
  })

  test('their exit code is the command’s', async () => {
    expect((await backlot(['memo', '--', 'fail'])).code).toBe(7)
  })

  test('where several services have one, a name is needed', async () => {
    const without = await backlot(['note'])
    expect(without.code).toBe(2)
    expect(without.stderr).toBe('BACKLOT_USAGE: which service? first, second have note\n  → backlot note first\n')
    expect((await backlot(['note', 'second'])).stdout).toBe('second: the note (Note 1.0)\n')
    const unknown = await backlot(['note', 'secnod'])
    expect(unknown.stderr).toContain('unknown service secnod\n  → did you mean second?')
  })
})

describe('test', () => {
  test('brings everything up, runs the project’s Vitest on this node and ends with its code', async () => {
    await backlot(['down'])
    const green = await backlot(['test', 'keep'])
    expect(green.code).toBe(0)
    expect(green.stdout).toContain(`KEEP=unset NODE=${process.version}`)
    expect(JSON.parse((await backlot(['status', '--json'])).stdout).services).toHaveLength(3)
    expect((await backlot(['test', 'red'])).code).toBe(1)
  })

  test('keeps its own options and hands on the rest', async () => {
    const always = await backlot(['test', '--keep', 'keep', '--reporter=tap-flat'])
    expect(always.stdout).toContain('KEEP=always')
    expect(always.stdout).toMatch(/^ok 1 - /m)
    expect((await backlot(['test', 'keep', '--keep-on-failure'])).stdout).toContain('KEEP=failure')
    const none = await backlot(['test', '--', 'keep', '-t', 'no such test', '--passWithNoTests'])
    expect(none).toMatchObject({ code: 0, stdout: expect.stringContaining('1 skipped') })
  })

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s goes on to Vitest, whose end is its own', async (signal, code) => {
    const { child, ended } = start(['test', 'hang'])
    await printed(child, 'stdout', /HANGING/)
    child.kill(signal)
    expect(await ended).toMatchObject({ code, signal: null })
  })

  test('a project without Vitest says how to get it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'backlot-cli-'))
    try {
      const index = new URL('../../../src/index.ts', import.meta.url).href
      const text = `import { defineBacklot } from ${JSON.stringify(index)}\nexport default defineBacklot({ services: {} })\n`
      await writeFile(join(folder, 'backlot.config.ts'), text)
      const { code, stderr } = await backlot(['test'], { cwd: folder })
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^BACKLOT_DRIVER_MISSING: backlot test needs the package vitest in .*\n {2}→ npm install -D vitest\n$/,
      )
      await backlot(['down'], { cwd: folder })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
