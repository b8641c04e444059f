import { createHash } from 'node:crypto'

/** SHA-256 of a text in UTF-8, as 64 hexadecimal digits. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The hash of a link: SHA-256 of the previous link's hash and the data; of the data alone for the first. */
export function linkHash(previous: string | undefined, data: string): string {
  return sha256((previous ?? '') + data)
}

/** What a check of a chain found. */
export interface ChainCheck {
  readonly intact: boolean
  readonly links: number
  /** Place of the first broken link, from 0; null when the chain is intact or empty. */
  readonly brokenAt: number | null
  /** One line; empty when the chain is intact. */
  readonly reason: string
}

function broken(links: number, brokenAt: number | null, reason: string): ChainCheck {
  return { intact: false, links, brokenAt, reason }
}

/** Checks that every hash is that of its data and of the hash before it. An empty chain proves nothing, and fails. */
export function checkChain(hashes: readonly string[], data: readonly string[]): ChainCheck {
  const links = hashes.length
  if (links === 0) return broken(0, null, 'the chain is empty')
  if (links !== data.length) {
    return broken(links, Math.min(links, data.length), `${links} hashes stand beside ${data.length} data`)
  }
  const brokenAt = hashes.findIndex((hash, place) => hash !== linkHash(hashes[place - 1], data[place] ?? ''))
  if (brokenAt !== -1) return broken(links, brokenAt, `link ${brokenAt} is not the hash of what it stands for`)
  return { intact: true, links, brokenAt: null, reason: '' }
}
