/** Stands for a value that a log must not keep. */
const masked = '•••'

const secretName =
  /^(authorization|proxy-authorization|cookie|set-cookie|.*(password|passwd|secret|token|api[-_]?key))$/i

/** Whether a header, a JSON key or a parameter of this name holds a secret. */
export function isSecret(name: string): boolean {
  return secretName.test(name)
}

/** `sid=abc; Path=/` → `sid=•••; Path=/`; any other secret header is masked as a whole. */
export function maskHeader(name: string, value: string): string {
  if (!isSecret(name)) return value
  if (name.toLowerCase() === 'set-cookie') return value.replace(/^([^=;]*=)[^;]*/, `$1${masked}`)
  const scheme = /^(Basic|Bearer|DPoP|Digest) /i.exec(value)?.[0] ?? ''
  return scheme + masked
}

/** A JSON value with the strings under secret names replaced. */
export function maskJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskJson)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      isSecret(key) && typeof inner === 'string' && inner !== '' ? masked : maskJson(inner),
    ]),
  )
}

/** A path with the values of secret query parameters replaced. */
export function maskPath(path: string): string {
  return path.replace(/([?&])([^=&]+)=([^&]*)/g, (whole, before: string, name: string) =>
    isSecret(name) ? `${before}${name}=${masked}` : whole,
  )
}
