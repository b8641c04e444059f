/** What the process ends with. */
export const exitCodes = {
  ok: 0,
  /** The command did not do what it was asked to. */
  failed: 1,
  /** The command line was wrong. */
  usage: 2,
  /** Ctrl-C. */
  interrupted: 130,
} as const

/** What each code means, for help and docs. */
export const exitCodeMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.ok, 'done'],
  [exitCodes.failed, 'failed: the message says why'],
  [exitCodes.usage, 'the command line was wrong'],
  [exitCodes.interrupted, 'interrupted'],
]
