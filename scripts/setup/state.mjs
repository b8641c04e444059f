// Plain JavaScript: it runs before anything is installed, on whatever Node there is.
import { readFileSync } from 'node:fs'

/**
 * Ends with 3 when node_modules is not what the lockfile says: a package missing, left over, or of another version. A Node that is too
 * old ends with another number, of itself if it cannot even read this file.
 */
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
const stale = installed === undefined || Object.entries(wanted).some(differs)
process.exitCode = Number(process.versions.node.split('.')[0]) < 20 ? 2 : stale ? 3 : 0
