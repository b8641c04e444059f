import type { ApiResponse } from './api-types.ts'

/** Whether a content type is JSON: `application/json`, `application/problem+json`. */
export function isJson(contentType: string | null): boolean {
  return contentType !== null && /^[^;]*[/+]json\s*(;|$)/i.test(contentType)
}

function parse(text: string, contentType: string | null): unknown {
  if (text === '') return undefined
  if (!isJson(contentType)) return text
  try {
    return JSON.parse(text)
  } catch {
    // The test that looks at it shows what came instead.
    return text
  }
}

/** Reads a response to its end. The type of the body is the caller's word. */
export async function readResponse<Body>(
  response: Response,
  request: { method: string; path: string },
  began: number,
): Promise<ApiResponse<Body>> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  const text = new TextDecoder().decode(bytes)
  const { status, ok, headers } = response
  const body = parse(text, headers.get('content-type')) as Body
  return { status, ok, headers, body, text, bytes, request, ms: performance.now() - began }
}
