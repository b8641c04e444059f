/** A cookie that a response has set. */
interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
  /** Milliseconds since 1970; undefined for a cookie of the session. */
  readonly expires: number | undefined
}

/** The cookies of one client on one host. `Domain` and `Secure` say nothing there and are not looked at. */
export interface CookieJar {
  /** Takes the `Set-Cookie` headers of a response to `path`. */
  store(setCookies: readonly string[], path: string): void
  /** The `Cookie` header for a request to `path`, or undefined. */
  header(path: string): string | undefined
}

/** The folder of a path (RFC 6265, 5.1.4): where a cookie without a `Path` is sent. */
function defaultPath(path: string): string {
  const end = path.lastIndexOf('/')
  return end <= 0 ? '/' : path.slice(0, end)
}

/** RFC 6265, 5.1.4. */
function pathMatches(path: string, cookiePath: string): boolean {
  return path === cookiePath || path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`)
}

function pair(text: string): [name: string, value: string] {
  const at = text.indexOf('=')
  return at < 0 ? ['', text.trim()] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

/** `Max-Age` wins over `Expires` (RFC 6265, 5.3). */
function expiry(attributes: ReadonlyMap<string, string>, now: number): number | undefined {
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return now + Number(maxAge) * 1000
  const at = Date.parse(attributes.get('expires') ?? '')
  return Number.isNaN(at) ? undefined : at
}

function parse(setCookie: string, requestPath: string, now: number): Cookie | undefined {
  const [first = '', ...rest] = setCookie.split(';')
  const [name, value] = pair(first)
  if (name === '') return undefined
  const attributes = new Map(
    rest.map((part) => {
      const at = part.indexOf('=')
      const key = (at < 0 ? part : part.slice(0, at)).trim().toLowerCase()
      return [key, at < 0 ? '' : part.slice(at + 1).trim()] as const
    }),
  )
  const path = attributes.get('path') ?? ''
  return { name, value, path: path.startsWith('/') ? path : defaultPath(requestPath), expires: expiry(attributes, now) }
}

/** @param now milliseconds since 1970 */
export function createCookieJar(now: () => number): CookieJar {
  let cookies: readonly Cookie[] = []
  const alive = (cookie: Cookie): boolean => cookie.expires === undefined || cookie.expires > now()
  return {
    store(setCookies, path) {
      for (const text of setCookies) {
        const cookie = parse(text, path, now())
        if (cookie === undefined) continue
        const others = cookies.filter((other) => other.name !== cookie.name || other.path !== cookie.path)
        cookies = alive(cookie) ? [...others, cookie] : others
      }
    },
    header(path) {
      cookies = cookies.filter(alive)
      // Longer paths first (RFC 6265, 5.4).
      const sent = cookies
        .filter((cookie) => pathMatches(path, cookie.path))
        .toSorted((a, b) => b.path.length - a.path.length)
      return sent.length === 0 ? undefined : sent.map(({ name, value }) => `${name}=${value}`).join('; ')
    },
  }
}
