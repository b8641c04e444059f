/**
 * Where a server comes from: provider chains, the cache with its checksums, cross-process locks and folders.
 *
 * @module
 */
export { type CachedOptions, cached, findCached } from './cached.ts'
export { inspect, type Link, type Missing, obtain } from './chain.ts'
export {
  type Container,
  type ContainerOptions,
  containerLabel,
  findContainerEngine,
  startContainer,
} from './container.ts'
export { cacheDirectory, dataDirectory, durableDirectory, runDirectory, traversable } from './directories.ts'
export { linkTree } from './link-tree.ts'
export { type LockOptions, withLock } from './lock.ts'
export { fetchNpmPackage, hasNpm, type NpmOptions, type PinnedPackage } from './npm-package.ts'
export { fetchPythonWheel, lookForWheel, type WheelOptions } from './python-wheel.ts'
export { type CommandOptions, type CommandResult, runCommand } from './run-command.ts'
export { secureDirectory } from './secure-directory.ts'
export { unpackWheel } from './unpack-wheel.ts'
export type { PinnedWheel } from './wheel-source.ts'
