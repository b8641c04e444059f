import { spawn } from 'node:child_process'
import { constants } from 'node:os'

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs a program on this process's own terminal and hands signals on to it.
 *
 * @param options.interactive true where Ctrl-C reaches the program by itself, as it does on a terminal
 * @returns its exit code; 128 and the signal's number where a signal ended it
 */
export async function runChild(
  command: readonly [program: string, ...args: string[]],
  options: { cwd: string; env: Readonly<Record<string, string | undefined>>; interactive: boolean },
): Promise<number> {
  const [program, ...args] = command
  const child = spawn(program, args, { cwd: options.cwd, env: { ...options.env }, stdio: 'inherit' })
  const undo = forwarded.map((signal) => {
    const listener = (): void => {
      if (signal !== 'SIGINT' || !options.interactive) child.kill(signal)
    }
    process.on(signal, listener)
    return () => process.off(signal, listener)
  })
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]))
    })
  } finally {
    for (const each of undo) each()
  }
}
