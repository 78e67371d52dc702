import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import type { LogRecord } from '@straylight/runtime/log/log'
import type { EventToken } from '@straylight/schemas/event-token'
import { topics } from '@straylight/schemas/topics'
import type { EventEndpointAnswer } from '../src/endpoint/judge-body.ts'
import { openEventEndpoint } from '../src/endpoint/open-event-endpoint.ts'
import type { EventEndpointOptions } from '../src/endpoint/register-event-endpoint.ts'

/** The moment at which the endpoints of tests take records. */
export const endpointNow = Date.parse('2026-11-22T10:00:30Z')

/** A token whose secret is `secret-of-NAME`. */
export const tokenOf = (name: string, change: Partial<EventToken> = {}): EventToken => ({
  name,
  token_sha256: createHash('sha256').update(`secret-of-${name}`).digest('hex'),
  tenant: name,
  ...change,
})

export const bearer = (name: string) => ({ authorization: `Bearer secret-of-${name}` })
export const ndjson = { 'content-type': 'application/x-ndjson' }

export interface EndpointAnswer {
  readonly status: number
  readonly headers: Headers
  readonly answer: EventEndpointAnswer & { readonly error?: string; readonly reason?: string }
}

/** A endpoint over a log of its own, for one test file. */
export interface TestEndpoint {
  readonly url: string
  post(token: string, body: string | Buffer, headers?: Record<string, string>): Promise<EndpointAnswer>
  /** All records of the log, partition by partition. */
  records(): Promise<LogRecord[]>
  close(): Promise<void>
}

export async function openTestEndpoint(
  options: Partial<EventEndpointOptions> & Pick<EventEndpointOptions, 'tokens'>,
): Promise<TestEndpoint> {
  const folder = await mkdtemp(join(tmpdir(), 'straylight-endpoint-'))
  const log = await openEmbeddedLog({ directory: folder, durable: false })
  await log.ensureTopics([topics.audit], 2)
  const endpoint = await openEventEndpoint({ log, now: () => endpointNow, host: '127.0.0.1', port: 0, ...options })
  return {
    url: endpoint.url,
    async post(token, body, headers = {}) {
      const sent = { ...ndjson, ...bearer(token), ...headers }
      const response = await fetch(`${endpoint.url}/v1/events`, { method: 'POST', body, headers: sent })
      return {
        status: response.status,
        headers: response.headers,
        answer: (await response.json()) as EndpointAnswer['answer'],
      }
    },
    async records() {
      const found: LogRecord[] = []
      for (const partition of [0, 1]) {
        const at = { topic: topics.audit.name, partition }
        for await (const record of log.read(at, 0, await log.endOffset(at))) found.push(record)
      }
      return found
    },
    async close() {
      await endpoint.close()
      await log.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
