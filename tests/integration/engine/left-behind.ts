import { readdir, readFile } from 'node:fs/promises'

/** Pids of processes whose command line or environment-independent working state names a text. */
export async function processesNaming(text: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      return commandLine.includes(text) ? [Number(pid)] : []
    }),
  )
  return found.flat()
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** What is in a folder; nothing where it is gone. */
export async function entries(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}
