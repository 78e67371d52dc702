import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type EmbeddedLog, openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import type { LogRecord } from '@straylight/runtime/log/log'
import { createMetrics } from '@straylight/runtime/process/metrics'
import { startOpsServer } from '@straylight/runtime/process/ops-server'
import { Registry } from '@straylight/schemas/agent'
import type { EventToken } from '@straylight/schemas/event-token'
import { topics } from '@straylight/schemas/topics'
import { nativeEvent } from '../../test-support/audit-record.ts'
import { createIngest } from '../create-ingest.ts'
import { createAgentRegistry } from '../record/agent-registry.ts'
import { readTokens } from './event-tokens.ts'
import type { EventEndpointAnswer } from './judge-body.ts'
import { openEventEndpoint } from './open-event-endpoint.ts'
import { type EventEndpointOptions, registerEventEndpoint } from './register-event-endpoint.ts'

const now = Date.parse('2026-11-22T10:00:30Z')
const token = (name: string, change: Partial<EventToken> = {}): EventToken => ({
  name,
  token_sha256: createHash('sha256').update(`secret-of-${name}`).digest('hex'),
  tenant: 'acme',
  ...change,
})
const tokens = [token('shipper'), token('gateway', { agents: ['invoices'] })]
const agents = [{ tenant: 'acme', agent: 'invoices', aliases: ['invoice-bot', 'svc-42'] }]
const registry = createAgentRegistry(Registry.parse({ version: 1, agents }))

let folder = ''
let log: EmbeddedLog
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'straylight-endpoint-'))
  log = await openEmbeddedLog({ directory: join(folder, 'log'), durable: false })
  await log.ensureTopics([topics.audit], 3)
})
after(async () => {
  await log.close()
  await rm(folder, { recursive: true, force: true })
})

interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly answer: EventEndpointAnswer
}
type Post = (body: string | Buffer, headers?: Record<string, string>) => Promise<Answered>

async function postTo(url: string, body: string | Buffer, headers: Record<string, string>): Promise<Answered> {
  const sent = { authorization: 'Bearer secret-of-shipper', ...headers }
  const response = await fetch(`${url}/v1/events`, { method: 'POST', body, headers: sent })
  return { status: response.status, headers: response.headers, answer: (await response.json()) as EventEndpointAnswer }
}

/** A endpoint for one test: what the work with it gives, and what the log holds more afterwards. */
async function atEndpoint<Result>(
  work: (post: Post, url: string) => Promise<Result>,
  options: Partial<EventEndpointOptions> = {},
) {
  const at = { log, tokens, registry, now: () => now, host: '127.0.0.1', port: 0 }
  const endpoint = await openEventEndpoint({ ...at, ...options })
  const from = await ends()
  try {
    const result = await work((body, headers = {}) => postTo(endpoint.url, body, headers), endpoint.url)
    return { result, records: await recordsSince(from) }
  } finally {
    await endpoint.close()
  }
}

const partitions = [0, 1, 2].map((partition) => ({ topic: topics.audit.name, partition }))
const ends = () => Promise.all(partitions.map((partition) => log.endOffset(partition)))
async function recordsSince(from: readonly number[]): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for (const [index, partition] of partitions.entries())
    for await (const record of log.read(partition, from[index] ?? 0, await log.endOffset(partition)))
      records.push(record)
  return records
}

/** What ingest makes of these records: the endpoint must not have promised anything else. */
async function ingested(records: readonly LogRecord[]) {
  const stage = createIngest({ registry, now: () => now + 60_000, live: true, tenant: 'elsewhere' })
  const output = await stage.process([{ topic: topics.audit.name, partition: 0, records, lag: 0 }])
  const of = (topic: string) =>
    output.filter((record) => record.topic === topic).map((record) => JSON.parse(record.value.toString()))
  return { events: of(topics.events.name), rejections: of(topics.rejected.name) }
}

const line = (change: object) => JSON.stringify({ ...nativeEvent, ...change })
const ndjson = { 'content-type': 'application/x-ndjson' }
const json = { 'content-type': 'application/json' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }

test('202 when the log holds all lines, each a record keyed by its agent, bound to the tenant of the token', async () => {
  const body = [line({ id: 'a' }), '', line({ id: 'b', agent: 'svc-42' }), line({ id: 'c', agent: 'other' })].join('\n')
  const { result, records } = await atEndpoint((post) => post(body, ndjson))
  assert.equal(result.status, 202)
  assert.deepEqual(result.answer, { accepted: 3, rejected: [], rejected_total: 0 })
  assert.deepEqual(records.map(({ key }) => key).sort(), ['invoices', 'invoices', 'other'])
  assert.ok(records.every(({ headers }) => headers.tenant === 'acme' && headers.origin === 'token shipper'))
  const { events } = await ingested(records)
  assert.deepEqual(events.map((event) => [event.tenant, event.id]).sort(), [
    ['acme', 'a'],
    ['acme', 'b'],
    ['acme', 'c'],
  ])
})

test('lines that cannot be read are named in the answer, and kept: ingest rejects the same ones', async () => {
  const long = line({ extra: 'x'.repeat(1024 * 1024) })
  const body = [line({ id: 'a' }), '{"id":', line({ records: '3' }), line({ time: '2099-01-01T00:00:00Z' }), long].join(
    '\n',
  )
  const { result, records } = await atEndpoint((post) => post(body, ndjson))
  assert.equal(result.status, 202)
  assert.equal(result.answer.accepted, 1)
  assert.deepEqual(
    result.answer.rejected.map(({ line: number, code, path }) => [number, code, path]),
    [
      [2, 'not_json', undefined],
      [3, 'invalid_field', 'records'],
      [4, 'time_out_of_range', 'time'],
      [5, 'too_large', undefined],
    ],
  )
  const { events, rejections } = await ingested(records)
  assert.equal(events.length, 1)
  assert.deepEqual(rejections.map(({ code }) => code).sort(), [
    'invalid_field',
    'not_json',
    'time_out_of_range',
    'too_large',
  ])
  assert.ok(rejections.every(({ origin }) => origin === 'token shipper'))
  assert.equal(rejections.find(({ code }) => code === 'too_large').length_bytes, long.length)
})

test('an event that was too early at the endpoint stays rejected, though the clock has moved on when ingest reads it', async () => {
  const { result, records } = await atEndpoint((post) => post(line({ time: '2026-11-22T10:05:45Z' }), ndjson))
  assert.equal(result.answer.rejected[0]?.code, 'time_out_of_range')
  assert.equal((await ingested(records)).events.length, 0)
})

for (const [what, body, headers] of [
  ['a JSON array', `[${line({ id: 'a' })},\n${line({ id: 'b' })}]`, json],
  ['a JSON array as text', `[${line({ id: 'a' })},\n${line({ id: 'b' })}]`, { 'content-type': 'text/plain' }],
  ['lines as curl sends them', `${line({ id: 'a' })}\n${line({ id: 'b' })}`, form],
  ['lines whose ends `curl -d @FILE` took', `${line({ id: 'a' })}${line({ id: 'b' })}`, form],
  [
    'a text sequence',
    `\u001e${line({ id: 'a' })}\n\u001e${line({ id: 'b' })}`,
    { 'content-type': 'application/json-seq' },
  ],
  ['gzip that nothing names', gzipSync(`${line({ id: 'a' })}\n${line({ id: 'b' })}\n`), form],
  ['lines as text', `${line({ id: 'a' })}\n${line({ id: 'b' })}`, { 'content-type': 'text/plain;charset=UTF-8' }],
  ['an array in a line', `[${line({ id: 'a' })},${line({ id: 'b' })}]`, ndjson],
] as const) {
  test(`${what} becomes a record an event`, async () => {
    const { result, records } = await atEndpoint((post) => post(body, headers))
    assert.deepEqual([result.status, result.answer.accepted, records.length], [202, 2, 2])
    assert.deepEqual(
      (await ingested(records)).events.map((event) => event.id),
      ['a', 'b'],
    )
  })
}

test('one JSON object is one event', async () => {
  const { result } = await atEndpoint((post) => post(JSON.stringify(nativeEvent, null, 2), json))
  assert.deepEqual([result.status, result.answer.accepted], [202, 1])
})

test('an item of an array that is rejected is named by its number', async () => {
  const { result } = await atEndpoint((post) => post(`[${line({})},${line({ records: -1 })}]`, json))
  assert.deepEqual([result.answer.accepted, result.answer.rejected[0]?.line], [1, 2])
})

test("a CloudTrail document posted by a tenant is read as that tenant's", async () => {
  const trail = JSON.parse(readFileSync(new URL('../../fixtures/cloudtrail-record.json', import.meta.url), 'utf8'))
  const { result, records } = await atEndpoint((post) => post(JSON.stringify({ Records: [trail, trail] }), json))
  assert.deepEqual([result.status, result.answer.accepted, records.length], [202, 2, 2])
  assert.deepEqual(
    (await ingested(records)).events.map((event) => event.tenant),
    ['acme', 'acme'],
  )
})

test('CloudEvents: structured, batch and binary', async () => {
  const { id, time, agent, ...data } = nativeEvent
  const envelope = { specversion: '1.0', type: 'agent.action.v1', source: '/gateway', id, time, subject: agent }
  const attributes = Object.entries(envelope).map(([name, value]) => [`ce-${name}`, encodeURIComponent(value)])
  const binary = { ...json, ...Object.fromEntries(attributes) }
  const { result, records } = await atEndpoint(async (post) => [
    await post(JSON.stringify({ ...envelope, data }), {
      'content-type': 'application/cloudevents+json; charset=utf-8',
    }),
    await post(JSON.stringify([{ ...envelope, data }]), { 'content-type': 'application/cloudevents-batch+json' }),
    await post(JSON.stringify(data), binary),
  ])
  assert.deepEqual(
    result.map(({ status, answer }) => [status, answer.accepted]),
    [
      [202, 1],
      [202, 1],
      [202, 1],
    ],
  )
  const { events } = await ingested(records)
  assert.deepEqual(
    events.map((event) => [event.format, event.id, event.agent]),
    Array(3).fill(['cloudevents', id, 'invoices']),
  )
})

test('gzip is unzipped, and a small body that inflates beyond the bound is refused', async () => {
  const { result, records } = await atEndpoint(
    async (post) => [
      await post(gzipSync(line({})), { ...ndjson, 'content-encoding': 'gzip' }),
      await post(gzipSync(Buffer.alloc(50_000_000, ' ')), { ...ndjson, 'content-encoding': 'gzip' }),
      await post('no gzip at all', { ...ndjson, 'content-encoding': 'gzip' }),
      await post('x', { ...ndjson, 'content-encoding': 'br' }),
    ],
    { bodyBytesMax: 1024 * 1024 },
  )
  assert.deepEqual(
    result.map(({ status }) => status),
    [202, 413, 400, 415],
  )
  assert.equal(records.length, 1)
})

test('a body that does not say its length is cut off at the bound, and its sender hears why', async () => {
  const { result } = await atEndpoint(
    async (_post, url) => {
      const body = new ReadableStream({
        start(stream) {
          for (let n = 0; n < 100; n++) stream.enqueue(Buffer.alloc(65_536, ' '))
          stream.close()
        },
      })
      const headers = { ...ndjson, authorization: 'Bearer secret-of-shipper' }
      return fetch(`${url}/v1/events`, { method: 'POST', body, headers, duplex: 'half' } as RequestInit)
    },
    { bodyBytesMax: 1024 * 1024 },
  )
  assert.equal(result.status, 413)
})

test('nobody without a known token sends events, and the endpoint without tokens is shut', async () => {
  const attempts = ['', 'Bearer ', 'Bearer wrong', 'Basic c2VjcmV0LW9mLXNoaXBwZXI=', 'secret-of-shipper']
  const { result, records } = await atEndpoint((post) =>
    Promise.all(attempts.map((authorization) => post(line({}), { ...ndjson, authorization }))),
  )
  assert.deepEqual(
    result.map(({ status }) => status),
    attempts.map(() => 401),
  )
  assert.equal(result[0]?.headers.get('www-authenticate'), 'Bearer')
  assert.equal(records.length, 0)
  assert.equal((await atEndpoint((post) => post(line({}), ndjson), { tokens: [] })).result.status, 401)
})

test('a token speaks for its tenant and its agents only', async () => {
  const gateway = { ...ndjson, authorization: 'Bearer secret-of-gateway' }
  const { result, records } = await atEndpoint(async (post) => ({
    otherTenant: await post(line({ tenant: 'other' }), ndjson),
    otherAgent: await post(line({ agent: 'planner' }), gateway),
    mixed: await post(`${line({ agent: 'planner' })}\n${line({ agent: 'svc-42' })}`, gateway),
  }))
  assert.deepEqual([result.otherTenant.status, result.otherAgent.status, result.mixed.status], [403, 403, 202])
  assert.deepEqual([result.mixed.answer.accepted, result.mixed.answer.rejected[0]?.code], [1, 'not_permitted'])
  const { events, rejections } = await ingested(records)
  assert.deepEqual([events.length, rejections.length], [1, 3], 'what was refused is kept as well')
})

test('429 with Retry-After when the stages are too far behind, and again room when they are not', async () => {
  let behind = 11
  const { result } = await atEndpoint(
    async (post) => {
      const refused = await post(line({}), ndjson)
      behind = 10
      return [refused, await post(line({}), ndjson)] as const
    },
    { lag: () => behind, lagRecordsMax: 10 },
  )
  assert.deepEqual(
    result.map(({ status }) => status),
    [429, 202],
  )
  assert.match(result[0].headers.get('retry-after') ?? '', /^[1-9]\d*$/)
})

test('429 while the bodies at hand fill the bound; their bytes are given back however they end', async () => {
  const { result } = await atEndpoint(
    async (post, url) => {
      const half = Buffer.alloc(600, ' ')
      const slow = httpRequest(`${url}/v1/events`, {
        method: 'POST',
        headers: { ...ndjson, authorization: 'Bearer secret-of-shipper' },
      })
      slow.on('error', () => undefined)
      await new Promise((resolve) => slow.write(half, resolve))
      const during = await until(
        () => post(half, ndjson),
        ({ status }) => status === 429,
      )
      slow.destroy()
      const afterwards = await until(
        () => post(line({ extra: 'x'.repeat(600) }), ndjson),
        ({ status }) => status === 202,
      )
      return [during.status, afterwards.status]
    },
    { bodyBytesMax: 1000, inFlightBytesMax: 1000 },
  )
  assert.deepEqual(result, [429, 202])
})

/** Tries again until it holds: what another connection does is seen when it is seen. */
async function until<Value>(attempt: () => Promise<Value>, holds: (value: Value) => boolean): Promise<Value> {
  for (let tries = 0; ; tries++) {
    const value = await attempt()
    if (holds(value) || tries === 500) return value
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('503 when the log does not take it, and the sender reads nothing of the inside', async () => {
  const faults: unknown[] = []
  const broken = { ...log, append: () => Promise.reject(new Error('disk /secret/path is full')) }
  const { result } = await atEndpoint((post) => post(line({}), ndjson), {
    log: broken,
    onFault: (error) => faults.push(error),
  })
  assert.equal(result.status, 503)
  assert.doesNotMatch(JSON.stringify(result.answer), /secret/)
  assert.ok(result.headers.has('retry-after'))
  assert.equal(faults.length, 1)
})

for (const document of ['README.md', 'docs/inputs.md'])
  test(`the curl of ${document} is taken as it is printed`, async () => {
    const text = readFileSync(new URL(`../../../../${document}`, import.meta.url), 'utf8')
    const curl = /^ *curl .*\/v1\/events.*$/m.exec(text)?.[0] ?? ''
    // What curl sends with --data-binary where nothing is said.
    const type = /-H "content-type: ([^"]+)"/.exec(curl)?.[1] ?? 'application/x-www-form-urlencoded'
    const { result } = await atEndpoint((post) => post(line({}), { 'content-type': type }))
    assert.match(curl, /--data-binary/)
    assert.equal(result.status, 202)
  })

test('bodies that hold nothing, or something else, are refused', async () => {
  const { result, records } = await atEndpoint(async (post) => [
    await post('', ndjson),
    await post('\n \n', ndjson),
    await post('a=1', { 'content-type': 'application/xml' }),
    await post(Buffer.alloc(9_000_000, ' '), ndjson),
  ])
  assert.deepEqual(
    result.map(({ status }) => status),
    [400, 400, 415, 413],
  )
  assert.equal(records.length, 0)
})

test('it shares the port of the operations server without changing its routes', async () => {
  const server = await startOpsServer({
    ...{ host: '127.0.0.1', port: 0, metrics: createMetrics({ processMetrics: false }) },
    readiness: () => ({ ready: true, reasons: [] }),
    register: (app) => registerEventEndpoint(app, { log, tokens, now: () => now }),
  })
  try {
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
    assert.equal((await postTo(server.url, line({}), ndjson)).status, 202)
    assert.equal((await postTo(server.url, line({}), { ...ndjson, authorization: '' })).status, 401)
  } finally {
    await server.close()
  }
})

test('a bad tokens file is refused with file, line and path', async () => {
  const path = join(folder, 'tokens.yaml')
  const sha = tokens[0]!.token_sha256
  await writeFile(path, `- name: a\n  tenant: acme\n  token_sha256: ${sha}\n  agents: [invoices]\n`)
  assert.deepEqual(await readTokens(path), [{ name: 'a', tenant: 'acme', token_sha256: sha, agents: ['invoices'] }])
  await writeFile(path, '- name: a\n  tenant: acme\n  token_sha256: plain\n')
  await assert.rejects(readTokens(path), /tokens\.yaml:3: 0\.token_sha256: expected the SHA-256/)
  await writeFile(path, [1, 2].map((n) => `- { name: t${n}, tenant: a, token_sha256: ${sha} }\n`).join(''))
  await assert.rejects(readTokens(path), /stands twice/)
})
