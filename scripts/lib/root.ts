import { fileURLToPath } from 'node:url'

/** Absolute path of the project root. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url))
