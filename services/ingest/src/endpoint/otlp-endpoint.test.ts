import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import { context as active, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { createMetrics } from '@straylight/runtime/process/metrics'
import { context } from '../../test-support/audit-record.ts'
import { bearer, openTestEndpoint, type TestEndpoint, tokenOf } from '../../test-support/test-endpoint.ts'
import { ingestMetrics } from '../ingest-metrics.ts'
import { readRecord } from '../record/read-record.ts'

const metrics = createMetrics()
const counters = ingestMetrics(metrics)
let endpoint: TestEndpoint
before(async () => {
  endpoint = await openTestEndpoint({
    tokens: [tokenOf('acme'), tokenOf('bound', { agents: ['owned'] }), tokenOf('small')],
    now: Date.now,
    metrics: counters,
    bodyRecordsMax: 1_000,
    tokenLimits: { recordsPerMinute: 1_200 },
  })
})
after(() => endpoint.close())

/** Events that the log holds of an agent, as ingest reads them. */
async function eventsOf(agent: string) {
  const records = await endpoint.records()
  return records
    .flatMap(({ value, headers }) => readRecord(value, headers, context).events)
    .map(({ event }) => event)
    .filter((event) => event.agent === agent)
}

async function post(signal: string, token: string, body: string | Buffer, headers: Record<string, string>) {
  const sent = { ...bearer(token), ...headers }
  const response = await fetch(`${endpoint.url}/v1/${signal}`, { method: 'POST', body, headers: sent })
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) }
}

const json = { 'content-type': 'application/json' }
const protobuf = { 'content-type': 'application/x-protobuf' }

interface SpanOptions {
  readonly id?: string
  readonly attributes?: Record<string, string>
}
function toolSpan({ id = '00f067aa0ba90001', attributes = {} }: SpanOptions = {}) {
  const all = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'pay', ...attributes }
  return {
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: id,
    name: 'execute_tool pay',
    endTimeUnixNano: `${Date.now()}000000`,
    attributes: Object.entries(all).map(([key, stringValue]) => ({ key, value: { stringValue } })),
  }
}
const documentOf = (service: string, spans: readonly unknown[]) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeSpans: [{ scope: { name: 'test' }, spans }],
    },
  ],
})

for (const [kind, Exporter] of [
  ['json', JsonExporter],
  ['protobuf', ProtobufExporter],
] as const)
  test(`OpenTelemetry's SDK sends its spans in ${kind}, with gzip`, async () => {
    const exporter = new Exporter({
      url: `${endpoint.url}/v1/traces`,
      headers: bearer('acme'),
      compression: 'gzip' as never,
    })
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': `sdk-${kind}`, 'host.name': 'runner-1' }),
      spanProcessors: [new BatchSpanProcessor(exporter)],
    })
    const tracer = provider.getTracer('agents')
    const run = tracer.startSpan('invoke_agent planner', {
      attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': `planner-${kind}` },
    })
    const within = trace.setSpan(active.active(), run)
    const call = tracer.startSpan(
      'execute_tool pay',
      {
        attributes: {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': 'pay',
          'gen_ai.tool.call.arguments': '{"amount":12,"to":"secret@person.example"}',
          'http.response.body.size': 512,
        },
      },
      within,
    )
    call.setStatus({ code: SpanStatusCode.ERROR, message: 'refused' })
    call.end()
    run.end()
    await provider.forceFlush()
    await provider.shutdown()
    const [event, ...others] = await eventsOf(`planner-${kind}`)
    assert.deepEqual(others, [])
    assert.equal(event?.system, `sdk-${kind}`)
    assert.equal(event.tool, 'pay')
    assert.equal(event.id, `${call.spanContext().traceId}:${call.spanContext().spanId}`)
    assert.equal(event.outcome, 'failure')
    assert.equal(event.bytes_received, 512)
    assert.deepEqual(event.argument_names, ['amount', 'to'])
    assert.equal(event.tenant, 'acme')
    const stored = Buffer.concat((await endpoint.records()).map(({ value }) => value)).toString()
    assert.ok(!stored.includes('secret@person.example'), 'contents never reach the log')
  })

test("OpenTelemetry's SDK sends log records in protobuf", async () => {
  const exporter = new OTLPLogExporter({ url: `${endpoint.url}/v1/logs`, headers: bearer('acme') })
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'claude-code' }),
    processors: [new BatchLogRecordProcessor({ exporter })],
  })
  const person = { 'user.account_uuid': 'person-1', 'session.id': 's1' }
  const logger = provider.getLogger('com.anthropic.claude_code.events')
  logger.emit({ body: 'claude_code.user_prompt', attributes: { ...person, 'event.name': 'user_prompt' } })
  logger.emit({
    body: 'claude_code.tool_result',
    attributes: { ...person, 'event.name': 'tool_result', tool_name: 'Bash', success: 'true', 'event.sequence': 3 },
  })
  await provider.forceFlush()
  await provider.shutdown()
  const events = await eventsOf('claude-code/person-1')
  assert.deepEqual(
    events.map(({ id, tool, outcome }) => ({ id, tool, outcome })),
    [{ id: 's1:3', tool: 'Bash', outcome: 'success' }],
  )
  assert.match(await metrics.registry.metrics(), /straylight_passed_over_total\{kind="claude_code.user_prompt"\} 1/)
})

test('a full success is answered with an empty message in the request’s encoding', async () => {
  const sent = await post('traces', 'acme', JSON.stringify(documentOf('plain', [toolSpan()])), json)
  assert.equal(sent.status, 200)
  assert.equal(sent.body.toString(), '{}')
  const bytes = readFileSync(new URL('../formats/samples/otlp/kafka-otlp-proto.bin', import.meta.url))
  const packed = await post('traces', 'acme', gzipSync(bytes), { ...protobuf, 'content-encoding': 'gzip' })
  assert.equal(packed.status, 200)
  assert.equal(packed.headers.get('content-type'), 'application/x-protobuf')
  assert.equal(packed.body.length, 0)
  for (const [type, body] of [
    [json, '{}'],
    [json, ''],
    [protobuf, ''],
  ] as const)
    assert.equal((await post('logs', 'acme', body, type)).status, 200, 'an empty request succeeds')
})

test('a partial success says how many spans were rejected, and why', async () => {
  const wrong = { ...toolSpan({ id: '00f067aa0ba90002' }), traceId: 'xyz' }
  const body = documentOf('partly', [toolSpan({ id: '00f067aa0ba90003' }), wrong])
  const { status, body: answer } = await post('traces', 'acme', JSON.stringify(body), json)
  assert.equal(status, 200)
  const { partialSuccess } = JSON.parse(answer.toString())
  assert.equal(partialSuccess.rejectedSpans, '1')
  assert.match(partialSuccess.errorMessage, /^1 span rejected\. span 2: invalid_field: traceId: must be 32/)
  assert.equal((await eventsOf('partly')).length, 1)
})

test('a partial success is said in protobuf to whoever sends protobuf', async () => {
  // A log record of a coding agent that nobody named.
  const text = (field: number, value: Buffer) => Buffer.concat([Buffer.from([(field << 3) | 2, value.length]), value])
  const record = text(2, Buffer.concat([text(5, text(1, Buffer.from('claude_code.tool_result')))]))
  const body = text(1, text(2, record))
  const { status, body: answer } = await post('logs', 'acme', body, protobuf)
  assert.equal(status, 200)
  const outer = new BinaryReader(answer)
  assert.deepEqual(outer.tag(), [1, 2])
  const partial = new BinaryReader(outer.bytes())
  assert.deepEqual(partial.tag(), [1, 0])
  assert.equal(Number(partial.int64()), 1)
  assert.deepEqual(partial.tag(), [2, 2])
  assert.match(partial.string(), /^1 log record rejected/)
})

test('what cannot be read is refused for good, in the request’s encoding', async () => {
  const cut = readFileSync(new URL('../formats/samples/otlp/kafka-otlp-proto.bin', import.meta.url)).subarray(0, 90)
  const refused = await post('traces', 'acme', cut, protobuf)
  assert.equal(refused.status, 400)
  assert.equal(refused.headers.get('content-type'), 'application/x-protobuf')
  const status = new BinaryReader(refused.body)
  assert.deepEqual(status.tag(), [1, 0])
  assert.equal(status.int32(), 3)
  assert.deepEqual(status.tag(), [2, 2])
  assert.match(status.string(), /no protobuf of OTLP, or was cut off/)
  for (const body of ['{"resourceSpans":', '[]', '{"resourceSpans":{}}', '{"resourceSpans":[],"resourceSpans":[]}'])
    assert.equal((await post('traces', 'acme', body, json)).status, 400, body)
  const other = await post('traces', 'acme', '{"resourceLogs":[]}', json)
  assert.match(JSON.parse(other.body.toString()).message, /send it to \/v1\/logs/)
  assert.equal((await post('traces', 'acme', '{}', { 'content-type': 'text/plain' })).status, 415)
  assert.equal((await post('traces', 'nobody', '{}', json)).status, 401)
})

test('a token speaks for its own agents here too', async () => {
  const foreign = await post('traces', 'bound', JSON.stringify(documentOf('other', [toolSpan()])), json)
  assert.equal(foreign.status, 403)
  const own = await post('traces', 'bound', JSON.stringify(documentOf('owned', [toolSpan()])), json)
  assert.equal(own.status, 200)
  assert.deepEqual(
    (await eventsOf('owned')).map(({ proven }) => proven),
    [['agent']],
  )
})

test('budgets count spans, also those of no action; who is over learns when to send again', async () => {
  const spans = Array.from({ length: 700 }, (_, at) => ({
    ...toolSpan(),
    spanId: String(at).padStart(16, '0'),
    name: 'GET',
    attributes: [],
  }))
  const body = JSON.stringify(documentOf('budget', spans))
  assert.equal((await post('traces', 'small', body, json)).status, 200)
  const over = await post('traces', 'small', body, json)
  assert.equal(over.status, 429)
  assert.ok(Number(over.headers.get('retry-after')) > 0)
  assert.deepEqual(Object.keys(JSON.parse(over.body.toString())), ['code', 'message'])
  const many = JSON.stringify(documentOf('budget', [...spans, ...spans]))
  assert.equal((await post('traces', 'acme', many, json)).status, 413)
})

test('what unpacks without end is cut off', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
  assert.equal((await post('traces', 'acme', bomb, { ...protobuf, 'content-encoding': 'gzip' })).status, 413)
})

test('a log record whose body is a record of another format is read as that, a program’s own words are passed over', async () => {
  const native = { time: new Date().toISOString(), agent: 'filed', system: 'erp', action: 'export' }
  const bodies = [JSON.stringify(native), '{"level":"info"}', 'listening']
  const logRecords = bodies.map((stringValue) => ({ body: { stringValue } }))
  const { status, body } = await post(
    'logs',
    'acme',
    JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
    json,
  )
  assert.deepEqual([status, body.toString()], [200, '{}'])
  assert.equal((await eventsOf('filed')).length, 1)
})

test('a body of more values than are read at once is refused for good, and says what to do', async () => {
  const attributes = Array.from({ length: 30_000 }, () => ({ key: 'k', value: { stringValue: '' } }))
  const body = JSON.stringify(documentOf('large', [{ ...toolSpan(), attributes }]))
  const { status, body: answer } = await post('traces', 'acme', body, json)
  assert.equal(status, 413)
  assert.match(JSON.parse(answer.toString()).message, /send it in parts/)
})
