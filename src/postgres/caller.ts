/** Where a function was called from; the frames become text only if somebody asks. */
export interface Caller {
  readonly stack?: string
}

/**
 * Remembers who calls a function, before anything is awaited. Takes a few microseconds.
 *
 * @param called the function: it and what it calls are left out
 */
export function callerOf(called: (...given: never[]) => unknown): Caller {
  const caller: Caller = {}
  Error.captureStackTrace(caller, called)
  return caller
}

const firstFrame = '\n    at '

/** Gives an error of a driver, whose own frames end at its socket, the frames of who asked. It stays the same object. */
export function leadTo(caller: Caller, error: unknown): unknown {
  const frames = caller.stack?.indexOf(firstFrame) ?? -1
  if (error instanceof Error && frames >= 0) {
    error.stack = `${error.name}: ${error.message}${caller.stack?.slice(frames)}`
  }
  return error
}

const frame = /^\s*at (?:.*\()?((?:file:\/\/)?[^()]+:\d+:\d+)\)?$/

/** `file:///app/seed.ts:7:3` of the first frame of a stack that is neither a package's nor Node's own; undefined: there is none. */
export function firstOwnFrame(stack: string): string | undefined {
  return stack
    .split('\n')
    .map((line) => frame.exec(line)?.[1])
    .find((place) => place !== undefined && !/^node:|[\\/]node_modules[\\/]/.test(place))
}
