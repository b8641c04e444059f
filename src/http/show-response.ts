import { STATUS_CODES } from 'node:http'
import type { Answer } from './api-types.ts'
import { isJson } from './content-type.ts'
import { maskHeader, maskJson, maskPath } from './mask.ts'

const mostLines = 40
const mostCharacters = 2_000

/** Headers that say why a response is what it is; shown where present. */
const tellingHeaders = ['location', 'www-authenticate', 'retry-after', 'set-cookie']

function cut(text: string): string {
  const lines = text.slice(0, mostCharacters).split('\n')
  const shown = lines.slice(0, mostLines).join('\n')
  const left = text.length - shown.length
  return left > 0 ? `${shown}\n… ${left.toLocaleString('en')} more characters` : shown
}

function isBinary(response: Answer<unknown>): boolean {
  return response.bytes.includes(0)
}

/** The body for a person: JSON indented, secrets masked, long text cut. */
export function showBody(response: Answer<unknown>): string {
  if (response.text === '') return '(no body)'
  if (isBinary(response)) return `(${response.bytes.length.toLocaleString('en')} bytes that are not text)`
  const contentType = response.headers.get('content-type')
  if (!isJson(contentType)) return cut(response.text)
  if (typeof response.body === 'string' && response.body === response.text) {
    return `${cut(response.text)}\n(the content type says JSON, and this is not)`
  }
  return cut(JSON.stringify(maskJson(response.body), null, 2))
}

/** `POST /orders → 400 Bad Request`. */
export function showExchange({ request, status }: Answer<unknown>): string {
  const reason = STATUS_CODES[status]
  return `${request.method} ${maskPath(request.path)} → ${status}${reason === undefined ? '' : ` ${reason}`}`
}

/** One line for each value of a header, masked where it is a secret. */
export function showHeader(headers: Headers, name: string): readonly string[] {
  const values = name === 'set-cookie' ? headers.getSetCookie() : [headers.get(name)]
  return values.flatMap((value) => (value === null ? [] : [`${name}: ${maskHeader(name, value)}`]))
}

/** A response as a failed assertion shows it: request, status, content type, telling headers, body. */
export function showResponse(response: Answer<unknown>): string {
  const contentType = showHeader(response.headers, 'content-type')
  return [
    showExchange(response),
    ...(contentType.length > 0 ? contentType : response.text === '' ? [] : ['(no content-type)']),
    ...tellingHeaders.flatMap((name) => showHeader(response.headers, name)),
    '',
    showBody(response),
  ].join('\n')
}
