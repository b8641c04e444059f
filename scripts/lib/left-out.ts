/** What decides whether a test can run here. */
export interface Machine {
  readonly root: boolean
  readonly platform: NodeJS.Platform
}

/** A test that may be skipped, and when. Every other one has to run wherever `CI` is set. */
export interface Exception {
  /** Path from the root of the project. */
  readonly file: string
  readonly title: string
  readonly because: string
  holds(machine: Machine): boolean
}

const needsRoot = { because: 'needs root', holds: ({ root }: Machine): boolean => !root }

export const exceptions: readonly Exception[] = [
  {
    ...needsRoot,
    file: 'tests/contract/provision-postgres.test.ts',
    title: 'names a cache folder that the server could not reach',
  },
  { ...needsRoot, file: 'tests/integration/process/server-process.test.ts', title: 'drops to another account' },
  {
    ...needsRoot,
    file: 'tests/integration/provision/directories.test.ts',
    title: 'takes nothing that somebody else put there',
  },
  {
    ...needsRoot,
    file: 'tests/integration/provision/directories.test.ts',
    title: 'root moves out of a home that its servers cannot enter',
  },
  {
    file: 'tests/integration/provision/cached.test.ts',
    title: 'a full disk is named, and left as it was',
    because: 'mounts a small disk, which takes root on Linux',
    holds: ({ root, platform }) => !root || platform !== 'linux',
  },
]

/** A test that did not run. */
export interface Skipped {
  readonly file: string
  readonly name: string
}

/**
 * Parts tests that did not run into those that cannot run on a machine and those that nothing excuses.
 *
 * @returns one line for each
 */
export function judgeSkipped(
  skipped: readonly Skipped[],
  machine: Machine,
): { readonly excused: readonly string[]; readonly unexcused: readonly string[] } {
  const judged = skipped.map(({ file, name }) => {
    const exception = exceptions.find(
      (candidate) => candidate.file === file && name.endsWith(candidate.title) && candidate.holds(machine),
    )
    const line = `${file}: ${name}`
    return { excused: exception !== undefined, line: exception === undefined ? line : `${line} (${exception.because})` }
  })
  const lines = (excused: boolean): readonly string[] =>
    judged.filter((one) => one.excused === excused).map(({ line }) => line)
  return { excused: lines(true), unexcused: lines(false) }
}
