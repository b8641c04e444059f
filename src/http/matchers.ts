import type { Outcome } from '../contracts/index.ts'
import { nearest } from '../errors/index.ts'
import type { Answer, ResponseMatchers } from './api-types.ts'
import { differences, show } from './differences.ts'
import { maskHeader } from './mask.ts'
import { showExchange, showHeader, showResponse } from './show-response.ts'

const mostDifferences = 12

/** The message fits the failure: that of the assertion, or that of its `.not`. */
function outcome(pass: boolean, failed: () => string, negated: () => string): Outcome {
  return { pass, message: () => (pass ? negated() : failed()) }
}

function paragraphs(...parts: string[]): string {
  return parts.join('\n\n')
}

/** `expect(response).toHaveStatus(201)`: on failure shows what was asked and what came back. */
function toHaveStatus(response: Answer<unknown>, expected: number): Outcome {
  return outcome(
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
function toHaveHeader(response: Answer<unknown>, name: string, expected?: unknown): Outcome {
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
  return outcome(pass, failed, () =>
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
function toHaveBody(response: Answer<unknown>, expected: unknown): Outcome {
  const different = differences(expected, response.body)
  const more = different.length - mostDifferences
  const listed = [...different.slice(0, mostDifferences), ...(more > 0 ? [`… and ${more} more`] : [])]
  return outcome(
    different.length === 0,
    () => paragraphs('the body is not as expected', listed.join('\n'), showResponse(response)),
    () => paragraphs(`expected a body that does not match ${show(expected)}`, showResponse(response)),
  )
}

/** The matchers of one response. */
export function matchersFor(response: Answer<unknown>): ResponseMatchers {
  return {
    toHaveStatus: (_context, status) => toHaveStatus(response, status),
    toHaveHeader: (_context, name, value) => toHaveHeader(response, name, value),
    toHaveBody: (_context, body) => toHaveBody(response, body),
  }
}
