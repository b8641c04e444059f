import { runCommand } from './run-command.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Ways to call pip, the most particular one first: an active virtual environment puts its own `pip` ahead on PATH. */
const ways: readonly (readonly [string, ...string[]])[] = [
  ['pip'],
  ['pip3'],
  ['python3', '-m', 'pip'],
  ['python', '-m', 'pip'],
]
/** Milliseconds for pip to tell its version. */
const answerMs = 20_000

/**
 * The user's own pip. It is asked for its version: version managers put a `pip` on PATH that calls nothing, and a Python
 * may come without one.
 *
 * @returns program and first arguments, for a call without a shell; undefined when there is none
 */
export async function pipCommand(env: Environment): Promise<readonly [string, ...string[]] | undefined> {
  for (const way of ways) {
    const [command, ...first] = way
    const answer = await runCommand({ command, args: [...first, '--version'], env, deadlineMs: answerMs })
    if (answer.code === 0 && answer.stdout.startsWith('pip ')) return way
  }
  return undefined
}
