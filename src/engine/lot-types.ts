import type { Isolation, OpenService, Progress } from '../contracts/index.ts'

/** What a lot is opened with, besides its config. */
export interface LotOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly progress: Progress
  /** Takes what the person who runs the tests should know, a line at a time. */
  readonly notice?: (line: string) => void
  /** Default: the config's. */
  readonly isolation?: Isolation
}

/** A service of the lot: its lease as granted, and its open handle. */
export interface LotService {
  readonly name: string
  readonly lease: string
  /** See `Service.environment`. */
  readonly environment: Readonly<Record<string, string>>
  readonly open: OpenService<unknown>
}
