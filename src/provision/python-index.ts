import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { withoutCredentials } from './credentials.ts'
import { type GetOptions, httpGet, onward } from './http-get.ts'
import { readPipSettings } from './pip-settings.ts'
import type { PinnedWheel, WheelSource } from './wheel-source.ts'

/** Milliseconds for a page of the index. */
const pageMs = 20_000
/** PEP 691 and PEP 503: as JSON, else as HTML. */
const pageTypes = 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1'

/** Address of a file on a project's page, as it stands there. */
function referenceOn(page: string, contentType: string, file: string): string | undefined {
  if (contentType.includes('json')) {
    const { files = [] }: { files?: readonly { filename?: string; url?: string }[] } = JSON.parse(page)
    return files.find(({ filename }) => filename === file)?.url
  }
  for (const [, tag = '', label = ''] of page.matchAll(/<a\s([^>]*)>([^<]*)<\/a>/gi)) {
    if (label.trim() === file) return /\bhref\s*=\s*["']([^"']*)["']/i.exec(tag)?.[1]?.replaceAll('&amp;', '&')
  }
  return undefined
}

function refuseUnlessOk({ statusCode, statusMessage }: IncomingMessage, address: URL): void {
  if (statusCode !== 200) throw new Error(`${address.host} answers ${statusCode} ${statusMessage ?? ''}`.trim())
}

function said(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(said).join('\n')
  return withoutCredentials(error instanceof Error ? error.message : String(error))
}

/** The indexes that pip's settings name, asked by the simple API, for a machine without pip. */
export function pythonIndex(env: Readonly<Record<string, string | undefined>>): WheelSource {
  async function find(
    { project, file }: PinnedWheel,
    asking: Pick<GetOptions, 'signal'>,
  ): Promise<{ readonly address: URL; readonly options: GetOptions } | { readonly reason: string }> {
    const { indexes, certificate, trustedHosts } = await readPipSettings(env)
    const options: GetOptions = { env, certificate, trustedHosts, headers: {}, ...asking }
    const reasons: string[] = []
    for (const index of indexes) {
      try {
        const page = new URL(`${index.replace(/\/+$/, '')}/${project.toLowerCase().replace(/[-_.]+/g, '-')}/`)
        const signal = AbortSignal.any([asking.signal, AbortSignal.timeout(pageMs)])
        const { answer, address } = await httpGet(page, { ...options, signal, headers: { accept: pageTypes } })
        refuseUnlessOk(answer, address)
        const reference = referenceOn(await text(answer), answer.headers['content-type'] ?? '', file)
        if (reference !== undefined) return { address: onward(reference, address), options }
        reasons.push(`${address.host} does not have ${file}`)
      } catch (error) {
        reasons.push(said(error))
      }
    }
    return { reason: reasons.join('\n') }
  }

  return {
    name: 'Backlot (there is no pip)',
    hint: () => 'check the connection and PIP_INDEX_URL, or put pip on PATH',
    async look(pinned) {
      const found = await find(pinned, { signal: AbortSignal.timeout(pageMs) })
      return 'reason' in found ? found.reason : undefined
    },
    async download(pinned, folder, deadlineMs) {
      const signal = AbortSignal.timeout(deadlineMs)
      const found = await find(pinned, { signal })
      if ('reason' in found) return found.reason
      try {
        await mkdir(folder, { recursive: true })
        const { answer, address } = await httpGet(found.address, found.options)
        refuseUnlessOk(answer, address)
        await pipeline(answer, createWriteStream(join(folder, pinned.file)))
        return undefined
      } catch (error) {
        return said(error)
      }
    },
  }
}
