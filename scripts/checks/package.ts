import { packPackage } from '../lib/pack.ts'
import { runQuietly } from '../lib/run.ts'

/** Looks at the tarball that would be published: its manifest, its files, and its types as a user's compiler finds them. */
export async function checkPackage(): Promise<string[]> {
  await using packed = await packPackage()
  const env = { NO_COLOR: '1' }
  const results = await Promise.all([
    runQuietly('publint', ['run', packed.tarball, '--strict'], { env }),
    runQuietly('attw', [packed.tarball, '--profile', 'esm-only', '--no-emoji'], { env }),
  ])
  return results.flatMap(({ code, output }) => (code === 0 ? [] : [output.trim()]))
}
