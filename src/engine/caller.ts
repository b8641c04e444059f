import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Folder of the module that called `entry`, read off the call stack: a config needs no `import.meta.url` of its own.
 *
 * @param entry the public function whose caller is meant
 * @returns an absolute path; the working directory where the stack names no file
 */
export function callerDirectory(entry: (...args: never[]) => unknown): string {
  const { prepareStackTrace } = Error
  const holder: { stack?: unknown } = {}
  try {
    Error.prepareStackTrace = (_error, sites) => sites
    Error.captureStackTrace(holder, entry)
    const [site] = holder.stack as NodeJS.CallSite[]
    const file = site?.getFileName()
    if (file === null || file === undefined || file === '') return process.cwd()
    return dirname(file.startsWith('file:') ? fileURLToPath(file) : file)
  } finally {
    Error.prepareStackTrace = prepareStackTrace
  }
}
