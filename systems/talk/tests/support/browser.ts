/** Something that answers requests: `env.app`. */
export interface Answers {
  request(input: Request): Response | Promise<Response>
}

/** A browser in miniature: keeps cookies, follows nothing by itself. */
export interface Browser {
  get(url: string | URL): Promise<Response>
  send(method: 'POST' | 'DELETE', url: string | URL, body?: unknown): Promise<Response>
  /** A cookie's value, once it was set. */
  cookie(name: string): string | undefined
}

/** Opens a browser on an app. Relative URLs start at `origin`. */
export function openBrowser(app: Answers, origin = 'http://127.0.0.1:8000'): Browser {
  const cookies = new Map<string, string>()

  async function exchange(method: string, url: string | URL, body?: unknown): Promise<Response> {
    const headers = new Headers()
    if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    if (body !== undefined) headers.set('content-type', 'application/json')
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
    const response = await app.request(new Request(new URL(url, origin), init))
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0(;|$)/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }

  return {
    get: (url) => exchange('GET', url),
    send: exchange,
    cookie: (name) => cookies.get(name),
  }
}
