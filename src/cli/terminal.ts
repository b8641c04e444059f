import { styleText } from 'node:util'

/** Where a stream's text goes; a part of `process.stdout`. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** What a command may see of the process that it runs in. */
export interface Terminal {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: Output
  readonly stderr: Output
  /** Whether a person can press Ctrl-C here: the signal then reaches child processes without help. */
  readonly interactive: boolean
}

/** Formats of `styleText` in use here. */
export type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** Paints text for one stream: plain where that is no TTY, and as `NO_COLOR` and `FORCE_COLOR` say. */
export type Paint = (format: Format, text: string) => string

/** @param stream decides on colour; one that is no stream of Node's gets plain text */
export function paintFor(stream: Output): Paint {
  return (format, text) => {
    const node = stream === process.stdout ? process.stdout : stream === process.stderr ? process.stderr : undefined
    return node === undefined ? text : styleText(format, text, { stream: node })
  }
}

/** Prints a line. */
export function printer(stream: Output): (line?: string) => void {
  return (line = '') => void stream.write(`${line}\n`)
}
