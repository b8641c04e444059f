import { spawn } from 'node:child_process'

/** A program to run to its end. `user`: the account to become, where we are root. */
export interface CommandOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  readonly user?: { readonly uid: number; readonly gid: number }
  /** Milliseconds after which it is killed. */
  readonly deadlineMs: number
}

/** How a program ended, with all that it printed. */
export interface CommandResult {
  /** null: it could not be started, or was killed. */
  readonly code: number | null
  readonly stdout: string
  /** With the reason, when it could not be started or was killed at its deadline. */
  readonly stderr: string
}

/** Runs a program without a shell and collects what it says. Never rejects. */
export function runCommand(options: CommandOptions): Promise<CommandResult> {
  const { command, args, env, cwd, user, deadlineMs } = options
  return new Promise((resolve) => {
    const child = spawn(command, [...args], {
      env,
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: deadlineMs,
      killSignal: 'SIGKILL',
      ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk
    })
    child.once('error', (error) => resolve({ code: null, stdout, stderr: `${stderr}${error.message}` }))
    child.once('close', (code, signal) => {
      const killed = signal === null ? '' : `\nended by ${signal} (deadline ${deadlineMs} ms)`
      resolve({ code, stdout, stderr: `${stderr}${killed}` })
    })
  })
}
