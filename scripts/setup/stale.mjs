// Plain JavaScript: it runs before anything is installed, on whatever Node there is.
import { readFileSync } from 'node:fs'

/** Ends with 1 when node_modules is not what the lockfile says: a package missing, left over, or of another version. */
const read = (path) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    return undefined
  }
}

const wanted = read('package-lock.json')
// npm writes this one when it has finished, so an installation that was cut off counts as none.
const installed = read('node_modules/.package-lock.json')
const differs = ([path, { version, optional, link }]) => {
  if (!path.includes('node_modules/') || link) return false
  const there = installed[path]
  return there === undefined ? !optional : there.version !== version
}
process.exitCode = installed === undefined || Object.entries(wanted).some(differs) ? 1 : 0
