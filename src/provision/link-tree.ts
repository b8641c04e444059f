import { chmod, constants, copyFile, link, mkdir, readdir, readlink, symlink } from 'node:fs/promises'
import { join } from 'node:path'

/** Links a file, or copies it where that cannot be: other owners' files on Linux, file systems without links. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw error
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  }
}

/**
 * Repeats a folder in another place at nearly no cost: its files are hard links where they can be. So they must not be
 * written to, here or there. Several folders may be laid over each other; no file is ever replaced.
 */
export async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  // Whatever the umask is: a server that runs as somebody else must be able to read.
  await chmod(to, 0o755)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await linkTree(source, target)
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target)
    else await linkOrCopy(source, target)
  }
}
