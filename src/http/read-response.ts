import { probeMatchers } from '../contracts/index.ts'
import type { Answer, ApiResponse } from './api-types.ts'
import { isJson } from './content-type.ts'
import { matchersFor } from './matchers.ts'
import { showExchange } from './show-response.ts'

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

/** Gives an answer what `expect` looks for, out of sight of whoever prints or compares it. */
function asProbe<Body>(answer: Answer<Body>): ApiResponse<Body> {
  const probe: Pick<ApiResponse, typeof probeMatchers | 'toString'> = {
    [probeMatchers]: matchersFor(answer),
    toString: () => showExchange(answer),
  }
  return Object.assign(Object.create(probe), answer)
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
  return asProbe({ status, ok, headers, body, text, bytes, request, ms: performance.now() - began })
}
