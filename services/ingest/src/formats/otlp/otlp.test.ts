import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Registry } from '@straylight/schemas/agent'
import fc from 'fast-check'
import { context } from '../../../test-support/audit-record.ts'
import { createAgentRegistry } from '../../record/agent-registry.ts'
import { readRecord } from '../../record/read-record.ts'
import { recordItems } from '../../record/record-items.ts'

type Plain = string | number | boolean
interface SpanGiven {
  readonly id: number
  readonly parent?: number
  readonly scope?: string
  readonly name?: string
  readonly kind?: number
  readonly start?: number
  readonly attributes?: Readonly<Record<string, Plain>>
}

const hex = (id: number) => id.toString(16).padStart(16, '0')
const anyValue = (value: Plain) =>
  typeof value === 'string'
    ? { stringValue: value }
    : typeof value === 'number'
      ? { intValue: String(value) }
      : { boolValue: value }
const attributesOf = (given: Readonly<Record<string, Plain>>) =>
  Object.entries(given).map(([key, value]) => ({ key, value: anyValue(value) }))

function spanOf({ id, parent, name = 'span', kind = 1, start = 0, attributes = {} }: SpanGiven) {
  const nano = (second: number) => `${1_795_341_600 + second}000000000`
  return {
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: hex(id),
    ...(parent === undefined ? {} : { parentSpanId: hex(parent) }),
    ...{ name, kind, startTimeUnixNano: nano(start), endTimeUnixNano: nano(start + 1) },
    attributes: attributesOf(attributes),
  }
}

const documentOf = (
  spans: readonly SpanGiven[],
  resource: Readonly<Record<string, Plain>> = { 'service.name': 'app' },
) => ({
  resourceSpans: [
    {
      resource: { attributes: attributesOf(resource) },
      scopeSpans: spans.map((span) => ({ scope: { name: span.scope ?? 'agents' }, spans: [spanOf(span)] })),
    },
  ],
})

function read(document: unknown, given = context) {
  const { events, rejections, passed_over } = readRecord(Buffer.from(JSON.stringify(document)), {}, given)
  return {
    events: events.map(({ event }) => event),
    rejections,
    passed_over: passed_over.map((one) => one.passed_over),
  }
}

const tool = (name: string, more: Readonly<Record<string, Plain>> = {}) => ({
  'gen_ai.operation.name': 'execute_tool',
  'gen_ai.tool.name': name,
  ...more,
})
const mcp = (name: string, more: Readonly<Record<string, Plain>> = {}) => ({
  'mcp.method.name': 'tools/call',
  'gen_ai.tool.name': name,
  ...more,
})
const agent = (name: string) => ({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': name })

test('the agent is the span’s own, else the nearest around it, else the resource’s', () => {
  const { events } = read(
    documentOf([
      { id: 1, attributes: agent('outer') },
      { id: 2, parent: 1, attributes: agent('inner') },
      { id: 3, parent: 2, attributes: tool('own', { 'gen_ai.agent.name': 'itself' }) },
      { id: 4, parent: 2, attributes: tool('around') },
      { id: 5, attributes: tool('alone') },
    ]),
  )
  assert.deepEqual(
    events.map(({ tool: name, agent: of, parent_agent }) => [name, of, parent_agent]),
    [
      ['own', 'itself', 'inner'],
      ['around', 'inner', 'outer'],
      ['alone', 'app', undefined],
    ],
  )
})

test('the registry knows an agent by any of its names', () => {
  const registry = createAgentRegistry(
    Registry.parse({ version: 1, agents: [{ tenant: context.tenant, agent: 'payer', aliases: ['app'] }] }),
  )
  const document = documentOf([{ id: 1, attributes: tool('pay', { 'gen_ai.agent.name': 'anything' }) }])
  assert.deepEqual(
    read(document, { ...context, registry }).events.map(({ agent: of, registered }) => [of, registered]),
    [['payer', true]],
  )
})

test('one call that two instrumentations tell is one event, with what both say', () => {
  const { events, passed_over } = read(
    documentOf([
      { id: 2, parent: 1, scope: 'mcp', attributes: mcp('search', { 'server.address': 'mcp.acme.example' }) },
      { id: 1, attributes: tool('jira_search', { 'gen_ai.tool.call.id': 'c1' }) },
      {
        id: 3,
        parent: 2,
        scope: 'http',
        attributes: { 'http.response.body.size': 700, 'server.address': 'mcp.acme.example' },
      },
    ]),
  )
  assert.equal(events.length, 1)
  assert.equal(events[0]?.id, `4bf92f3577b34da6a3ce929d0e0e4736:${hex(1)}`)
  assert.equal(events[0]?.system, 'mcp.acme.example')
  assert.equal(events[0]?.bytes_received, 700)
  assert.deepEqual(passed_over, ['otlp further span of a call', 'otlp other span'])
})

test('two calls stay two: no id, name or place that one instrumentation writes hides the second', () => {
  const twice = (first: SpanGiven, second: SpanGiven) => read(documentOf([first, second])).events.length
  const one = tool('send', { 'gen_ai.tool.call.id': 'call_0' })
  assert.equal(twice({ id: 1, attributes: one }, { id: 2, attributes: one }), 2, 'one id, side by side')
  assert.equal(twice({ id: 1, attributes: one }, { id: 2, parent: 1, attributes: one }), 2, 'one id, one in the other')
  assert.equal(twice({ id: 1, attributes: tool('send') }, { id: 2, parent: 1, attributes: tool('send') }), 2)
  assert.equal(
    twice({ id: 1, attributes: tool('send') }, { id: 2, parent: 1, scope: 'mcp', attributes: mcp('pay') }),
    2,
    'another tool inside',
  )
  assert.equal(
    twice(
      { id: 1, attributes: one },
      { id: 2, scope: 'mcp', start: 60, attributes: mcp('send', { 'gen_ai.tool.call.id': 'call_0' }) },
    ),
    2,
    'one id, a minute later',
  )
  const apart = [
    { id: 1, attributes: tool('send') },
    { id: 2, parent: 1, attributes: agent('helper') },
    { id: 3, parent: 2, scope: 'mcp', attributes: mcp('send') },
  ]
  assert.equal(read(documentOf(apart)).events.length, 2, 'an agent between them')
})

test('a span counts once, whatever came with it and however it was written', () => {
  const call: SpanGiven = { id: 2, parent: 1, attributes: tool('pay', { 'gen_ai.agent.name': 'payer' }) }
  const [alone] = read(documentOf([call])).events
  const [within] = read(documentOf([{ id: 1, attributes: agent('payer') }, call])).events
  assert.equal(alone?.content_hash, within?.content_hash)
  assert.equal(alone?.id, within?.id)
})

test('contents leave no trace in what is written to the log', () => {
  const document = documentOf([
    {
      id: 1,
      attributes: tool('mail', {
        'gen_ai.tool.call.arguments': '{"to":"secret@person.example"}',
        'gen_ai.tool.call.result': 'secret answer',
        'input.value': 'secret prompt',
        'gen_ai.input.messages': 'secret message',
      }),
    },
  ])
  const [item, ...others] = recordItems({ value: Buffer.from(JSON.stringify(document)), headers: {} })
  assert.deepEqual(others, [])
  assert.ok(item !== undefined && !item.value.includes('secret'))
  const [event] = readRecord(item.value, {}, context).events
  assert.deepEqual(event?.event.argument_names, ['to'])
  assert.equal(event?.event.bytes_sent, 30)
  assert.equal(event?.event.bytes_received, 13)
})

test('a tree that runs in a circle, or a thousand deep, is read', () => {
  const circle = [
    { id: 1, parent: 2, attributes: agent('one') },
    { id: 2, parent: 1, attributes: tool('t') },
    { id: 3, parent: 3, attributes: tool('t') },
  ]
  assert.equal(read(documentOf(circle)).events.length, 2)
  const deep = Array.from({ length: 1_000 }, (_, at) => ({ id: at + 2, parent: at + 1, attributes: tool('t') }))
  assert.equal(read(documentOf([{ id: 1, attributes: agent('deep') }, ...deep])).events.length, 1_000)
})

test('any value in any place is an event, a rejection or passed over, and nothing throws', () => {
  const places = ['traceId', 'spanId', 'parentSpanId', 'name', 'kind', 'endTimeUnixNano', 'attributes', 'status']
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, value) => {
      const document = documentOf([
        { id: 1, attributes: tool('t') },
        { id: 2, parent: 1, attributes: tool('u') },
      ])
      Object.assign(document.resourceSpans[0]?.scopeSpans[0]?.spans[0] ?? {}, { [place]: value })
      const { events, rejections, passed_over } = read(document)
      assert.equal(events.length + rejections.length + passed_over.length, 2)
      assert.ok(rejections.every(({ code }) => code !== 'reader_fault'))
    }),
  )
})

test('a record in our own spelling is checked like any other', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('attributes', 'resource', 'contents', 'related', 'requests', 'agents', 'kind', 'timeUnixNano'),
        fc.jsonValue(),
      ),
      (given) => {
        const ids = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: hex(1) }
        const { events, rejections, passed_over } = read({ otlp: 'span', ...ids, ...given })
        assert.equal(events.length + rejections.length + passed_over.length, 1)
        assert.ok(rejections.every(({ code }) => code !== 'reader_fault'))
      },
    ),
  )
})

const sample = (name: string) => readFileSync(new URL(`../samples/otlp/${name}`, import.meta.url))

test('protobuf that is cut off anywhere, or flipped anywhere, is no event of somebody else’s', () => {
  const whole = sample('kafka-otlp-proto.bin')
  const before = readRecord(whole, {}, context).events[0]?.event
  for (let length = 0; length < whole.length; length++) {
    const { events } = readRecord(whole.subarray(0, length), {}, context)
    assert.deepEqual(events, [], `cut at ${length}`)
  }
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole)
    changed[at] = (changed[at] ?? 0) ^ 0x55
    const { events, rejections } = readRecord(changed, {}, context)
    assert.ok(events.length <= 1)
    assert.ok(rejections.every(({ code }) => code !== 'reader_fault'))
  }
  assert.equal(before?.agent, 'planner')
})

test('lists in lists, and lists without end, are bounded', () => {
  const bytes = (field: number, inner: Buffer): Buffer => {
    const length: number[] = []
    for (let left = inner.length; ; left >>>= 7) {
      length.push(left > 127 ? (left & 127) | 128 : left)
      if (left <= 127) break
    }
    return Buffer.concat([Buffer.from([(field << 3) | 2, ...length]), inner])
  }
  const span = (attribute: Buffer) => {
    const ids = Buffer.concat([bytes(1, Buffer.alloc(16, 1)), bytes(2, Buffer.alloc(8, 1))])
    return bytes(1, bytes(2, bytes(2, Buffer.concat([ids, bytes(9, attribute)]))))
  }
  const argumentsOf = (value: Buffer) =>
    Buffer.concat([bytes(1, Buffer.from('gen_ai.tool.call.arguments')), bytes(2, value)])
  let nested = bytes(1, Buffer.from('x'))
  for (let depth = 0; depth < 200; depth++) nested = bytes(5, bytes(1, nested))
  assert.deepEqual(
    readRecord(span(argumentsOf(nested)), {}, context).rejections.map(({ code }) => code),
    ['too_deep'],
  )
  const many = bytes(5, Buffer.concat(Array.from({ length: 60_000 }, () => bytes(1, Buffer.alloc(0)))))
  assert.deepEqual(
    readRecord(span(argumentsOf(many)), {}, context).rejections.map(({ code }) => code),
    ['too_large'],
  )
  const skipped = Buffer.concat([bytes(1, Buffer.from('llm.prompt')), bytes(2, nested)])
  assert.deepEqual(readRecord(span(skipped), {}, context).rejections, [], 'what is not read costs nothing')
})

test('JSON nests as deep as any record may, and its lists are left out below', () => {
  let value: object = { stringValue: 'x' }
  for (let depth = 0; depth < 15; depth++) value = { arrayValue: { values: [value] } }
  const document = documentOf([{ id: 1, attributes: tool('t') }])
  document.resourceSpans[0]?.scopeSpans[0]?.spans[0]?.attributes.push({
    key: 'gen_ai.tool.call.arguments',
    value: { kvlistValue: { values: [{ key: 'deep', value }] } },
  } as never)
  assert.deepEqual(read(document).events[0]?.argument_names, ['deep'])
})
