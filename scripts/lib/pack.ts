import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runQuietly } from './run.ts'

export interface Packed extends AsyncDisposable {
  /** Absolute path of the tarball. */
  readonly tarball: string
  /** Folder that it lies in; goes with it. */
  readonly folder: string
}

/**
 * Packs the built package, as `npm publish` would, into a temporary folder that goes when the result is disposed of.
 *
 * @throws Error with npm's output when it does not pack
 */
export async function packPackage(): Promise<Packed> {
  const folder = mkdtempSync(join(tmpdir(), 'backlot-pack-'))
  const packed = await runQuietly('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder])
  const name = /^\S+\.tgz$/m.exec(packed.output)?.[0]
  const dispose = (): void => rmSync(folder, { recursive: true, force: true })
  if (packed.code !== 0 || name === undefined) {
    dispose()
    throw new Error(`npm pack failed:\n${packed.output}`)
  }
  return { tarball: join(folder, name), folder, [Symbol.asyncDispose]: async () => dispose() }
}
