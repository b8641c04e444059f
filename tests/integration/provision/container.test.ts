import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findContainerEngine } from '../../../src/provision/index.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backlot-engines-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('says which engines were looked for', async () => {
  expect(await findContainerEngine({ PATH: folder })).toEqual({
    missing: 'no container engine answers (docker: not on PATH; podman: not on PATH)',
    hint: 'start Docker or podman, if you want containers',
  })
})

test('says what an engine answers that does not work', async () => {
  writeFileSync(join(folder, 'docker'), '#!/bin/sh\necho "Cannot connect to the Docker daemon" >&2\nexit 1\n')
  chmodSync(join(folder, 'docker'), 0o755)
  expect(await findContainerEngine({ PATH: folder })).toMatchObject({
    missing: expect.stringContaining('docker: Cannot connect to the Docker daemon'),
  })
})
