import { nearest } from '../errors/index.ts'
import type { ApiResponse } from './api-types.ts'
import { differences, show } from './differences.ts'
import { maskHeader } from './mask.ts'
import { showExchange, showHeader, showResponse } from './show-response.ts'

/** What a matcher found. `message` fits the failure: of the assertion, or of its `.not`. */
export interface Finding {
  readonly pass: boolean
  readonly message: () => string
}

const mostDifferences = 12

function finding(pass: boolean, failed: () => string, negated: () => string): Finding {
  return { pass, message: () => (pass ? negated() : failed()) }
}

function paragraphs(...parts: string[]): string {
  return parts.join('\n\n')
}

/** `expect(response).toHaveStatus(201)`: on failure shows what was asked and what came back. */
export function toHaveStatus(response: ApiResponse<unknown>, expected: number): Finding {
  return finding(
    response.status === expected,
    () => paragraphs(`expected status ${expected}, got ${response.status}`, showResponse(response)),
    () => paragraphs(`expected any status but ${expected}`, showResponse(response)),
  )
}

function headerMatches(actual: string, expected: unknown): boolean {
  if (expected instanceof RegExp) return expected.test(actual)
  return differences(expected, actual).length === 0
}

function allHeaders(headers: Headers): string {
  const names = [...new Set(headers.keys())]
  return names.flatMap((name) => showHeader(headers, name)).join('\n') || '(no headers)'
}

/**
 * `expect(response).toHaveHeader('location', /^\/orders\//)`. Without a value it is enough that the header is there; of several
 * `Set-Cookie` headers one has to match.
 *
 * @param name in any case
 * @param expected a string (the whole value), a RegExp, an asymmetric matcher
 */
export function toHaveHeader(response: ApiResponse<unknown>, name: string, expected?: unknown): Finding {
  const { headers } = response
  const key = name.toLowerCase()
  const single = headers.get(key)
  const values = key === 'set-cookie' ? headers.getSetCookie() : single === null ? [] : [single]
  const pass = expected === undefined ? values.length > 0 : values.some((value) => headerMatches(value, expected))
  const shown = typeof expected === 'string' ? maskHeader(key, expected) : show(expected)
  const wanted =
    expected === undefined
      ? `the header ${key}`
      : `the header ${key} ${expected instanceof RegExp ? 'to match' : 'to be'} ${shown}`
  function failed(): string {
    const near = values.length === 0 ? nearest(key, [...headers.keys()]) : undefined
    const first = values.length === 0 ? `expected ${wanted}, it is not there` : `expected ${wanted}`
    return paragraphs(
      near === undefined ? first : `${first}; did you mean ${near}?`,
      `${showExchange(response)}\n${allHeaders(headers)}`,
    )
  }
  return finding(pass, failed, () =>
    paragraphs(
      `expected ${wanted.replace(' to ', ' not to ')}${expected === undefined ? ' not to be there' : ''}`,
      `${showExchange(response)}\n${allHeaders(headers)}`,
    ),
  )
}

/**
 * `expect(response).toHaveBody({ id: expect.any(String) })`: objects may have more than expected, lists have exactly the
 * items expected.
 */
export function toHaveBody(response: ApiResponse<unknown>, expected: unknown): Finding {
  const different = differences(expected, response.body)
  const more = different.length - mostDifferences
  const listed = [...different.slice(0, mostDifferences), ...(more > 0 ? [`… and ${more} more`] : [])]
  return finding(
    different.length === 0,
    () => paragraphs('the body is not as expected', listed.join('\n'), showResponse(response)),
    () => paragraphs(`expected a body that does not match ${show(expected)}`, showResponse(response)),
  )
}
