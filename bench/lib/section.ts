import type { Server } from './peer.ts'

/** Part of the bench: prints under its title. */
export interface Section {
  /** Word that picks it: `npm run bench -- cycle`. */
  readonly name: string
  readonly title: string
  /** Resolves to what is printed. */
  run(server: Server): Promise<string>
}
