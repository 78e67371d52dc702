import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogRecord } from '@straylight/runtime/log/log'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { topics } from '@straylight/schemas/topics'
import { context, nativeEvent } from '../test-support/audit-record.ts'
import { createIngest } from './create-ingest.ts'

const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const hex = (id: number) => String(id).padStart(16, '0')

interface SpanGiven {
  readonly id: number
  readonly parent?: number
  readonly scope?: string
  readonly name?: string
  readonly attributes: Readonly<Record<string, string>>
}
function documentOf(...spans: readonly SpanGiven[]): string {
  const attributesOf = (given: Readonly<Record<string, string>>) =>
    Object.entries(given).map(([key, stringValue]) => ({ key, value: { stringValue } }))
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ 'service.name': 'app' }) },
        scopeSpans: spans.map(({ id, parent, scope = 'kit', name = 'span', attributes }) => ({
          scope: { name: scope },
          spans: [
            {
              ...{ traceId: trace, spanId: hex(id), name, attributes: attributesOf(attributes) },
              ...(parent === undefined ? {} : { parentSpanId: hex(parent) }),
              ...{ startTimeUnixNano: '1795341600000000000', endTimeUnixNano: '1795341601000000000' },
            },
          ],
        })),
      },
    ],
  })
}
const agent = (id: number, name: string, parent?: number): SpanGiven => ({
  id,
  ...(parent === undefined ? {} : { parent }),
  attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': name },
})
const call = (id: number, parent: number, more: Partial<SpanGiven> = {}): SpanGiven => ({
  id,
  parent,
  attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'pay' },
  ...more,
})
const client = (id: number, parent: number): SpanGiven =>
  call(id, parent, {
    scope: 'mcp',
    attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'pay', 'server.address': 'erp.acme.example' },
  })

/** An ingest whose clock stands still until it is moved, and what it wrote. */
function stageOf(waitMs = 6_000) {
  let clock = 0
  let offset = 0
  const passedOver: string[] = []
  const stage = createIngest({
    ...{ registry: context.registry, tenant: context.tenant, now: () => 0, live: false, waitMs },
    monotonicMs: () => clock,
    onPassedOver: (name) => passedOver.push(name),
  })
  const events: AgentEvent[] = []
  const rejections: string[] = []
  const keep = (written: Awaited<ReturnType<typeof stage.process>>) => {
    for (const { topic, value } of written) {
      if (topic === topics.events.name) events.push(JSON.parse(String(value)))
      if (topic === topics.rejected.name) rejections.push(JSON.parse(String(value)).code)
    }
  }
  return {
    ...{ events, rejections, passedOver, stage },
    async reads(...values: readonly string[]) {
      const records = values.map(
        (value): LogRecord => ({
          ...{ topic: topics.audit.name, partition: 0, offset: offset++, key: 'k', headers: {}, timestamp: 0 },
          value: Buffer.from(value),
        }),
      )
      keep(await stage.process([{ topic: topics.audit.name, partition: 0, records, lag: 0 } as never]))
    },
    async takes(records: readonly LogRecord[]) {
      keep(await stage.process([{ topic: topics.audit.name, partition: 0, records, lag: 0 } as never]))
    },
    async passes(ms: number) {
      clock += ms
      keep((await stage.due?.(0)) ?? [])
    },
    agents: () => events.map((event) => event.agent),
  }
}

test('a call waits for the agent around it, which ends later, and nothing of it is committed before', async () => {
  const ingest = stageOf()
  await ingest.reads(documentOf(call(3, 2)))
  assert.deepEqual(ingest.agents(), [])
  assert.deepEqual(ingest.stage.heldBack?.(), [{ topic: topics.audit.name, partition: 0, offset: 0 }])
  await ingest.reads(documentOf({ id: 2, parent: 1, attributes: {} }))
  assert.deepEqual(ingest.agents(), [], 'what is between them names nobody')
  await ingest.reads(documentOf(agent(1, 'invoice-bot', 9), agent(9, 'front-desk')))
  assert.deepEqual(ingest.agents(), ['invoice-bot'])
  assert.equal(ingest.events[0]?.parent_agent, 'front-desk')
  assert.deepEqual(ingest.stage.heldBack?.(), [])
})

test('a span that came twice has its agent both times', async () => {
  const ingest = stageOf()
  await ingest.reads(documentOf(call(3, 2)), documentOf(call(3, 2)), documentOf(agent(2, 'invoice-bot')))
  assert.deepEqual(ingest.agents(), ['invoice-bot', 'invoice-bot'])
})

test('the wait is bound by time: then the service is the agent', async () => {
  const ingest = stageOf()
  await ingest.reads(documentOf(call(3, 2)))
  await ingest.passes(5_999)
  assert.deepEqual(ingest.agents(), [])
  await ingest.passes(1)
  assert.deepEqual(ingest.agents(), ['app'])
  assert.deepEqual(ingest.stage.heldBack?.(), [])
})

test('what stands behind a waiting record keeps its place, and a call that names its agent waits for nobody', async () => {
  const ingest = stageOf()
  const named = call(4, 2, {
    attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'x', 'gen_ai.agent.name': 'named' },
  })
  await ingest.reads(documentOf(named), documentOf(call(3, 2)), JSON.stringify(nativeEvent))
  assert.deepEqual(ingest.agents(), ['named'])
  await ingest.reads(documentOf(agent(2, 'invoice-bot')))
  assert.deepEqual(ingest.agents(), ['named', 'invoice-bot', nativeEvent.agent])
  assert.deepEqual(
    ingest.events.map(({ position }) => position.offset),
    [0, 1, 2],
  )
})

test('without a wait what came together is looked through, in any order', async () => {
  const ingest = stageOf(0)
  await ingest.reads(documentOf(call(3, 2)), documentOf(agent(2, 'invoice-bot')))
  assert.deepEqual(ingest.agents(), ['invoice-bot'])
})

for (const [order, documents] of [
  ['the inner first', [documentOf(client(4, 3)), documentOf(call(3, 2)), documentOf(agent(2, 'invoice-bot'))]],
  ['the outer first', [documentOf(call(3, 2)), documentOf(client(4, 3)), documentOf(agent(2, 'invoice-bot'))]],
] as const)
  test(`one call that two documents tell of is one event with what both say, ${order}`, async () => {
    const ingest = stageOf()
    for (const document of documents) await ingest.reads(document)
    await ingest.passes(6_000)
    assert.deepEqual(
      ingest.events.map((event) => [event.agent, event.tool, event.system]),
      [['invoice-bot', 'pay', 'erp.acme.example']],
    )
    assert.ok(ingest.passedOver.includes('otlp further span of a call'))
  })

test('the outer span of a call whose inner one is gone already is passed over', async () => {
  const ingest = stageOf(0)
  await ingest.reads(documentOf(client(4, 3)))
  await ingest.reads(documentOf(call(3, 2)))
  assert.equal(ingest.events.length, 1)
})

test('two senders do not speak for each other: an agent of another tenant is nobody around a call', async () => {
  const ingest = stageOf(0)
  const record = (value: string, tenant: string, offset: number): LogRecord => ({
    ...{ topic: topics.audit.name, partition: 0, offset, key: 'k', headers: { tenant }, timestamp: 0 },
    value: Buffer.from(value),
  })
  const records = [record(documentOf(agent(2, 'mallory')), 'evil', 0), record(documentOf(call(3, 2)), 'acme', 1)]
  const written = await ingest.stage.process([{ topic: topics.audit.name, partition: 0, records, lag: 0 } as never])
  const agents = written
    .filter(({ topic }) => topic === topics.events.name)
    .map(({ value }) => JSON.parse(String(value)).agent)
  assert.deepEqual(agents, ['app'])
})

test('a sender whose parents never come holds its partition up for a bounded share of the time only', async () => {
  const ingest = stageOf()
  let held = 0
  for (let second = 0; second < 300; second++) {
    await ingest.reads(documentOf(call(1_000 + second, 900_000 + second)), JSON.stringify(nativeEvent))
    await ingest.passes(1_000)
    if (ingest.stage.heldBack?.().length !== 0) held++
  }
  // Twelve seconds to begin with, and a tenth of the five minutes: without a bound all of them.
  assert.ok(held > 6 && held < 60, `${held} of 300 seconds`)
  assert.equal(ingest.events.filter(({ agent }) => agent === nativeEvent.agent).length, 300)
})

test('waiting that is of use costs nothing, however long it goes on', async () => {
  const ingest = stageOf()
  for (let at = 0; at < 50; at++) {
    await ingest.reads(documentOf(call(10_000 + at, 20_000 + at)))
    await ingest.passes(5_000)
    await ingest.reads(documentOf(agent(20_000 + at, `bot-${at}`)))
  }
  assert.deepEqual(
    ingest.agents(),
    Array.from({ length: 50 }, (_, at) => `bot-${at}`),
  )
})

test('a sender without parents uses up the patience of nobody else, and evicts no spans of others', async () => {
  const ingest = stageOf()
  let offset = 0
  const from = (token: string, ...documents: readonly string[]) =>
    ingest.takes(
      documents.map((value) => ({
        ...{ topic: topics.audit.name, partition: 0, offset: offset++, key: 'k', timestamp: 0 },
        headers: { tenant: token, origin: `token ${token}` },
        value: Buffer.from(value),
      })),
    )
  await from('quiet', documentOf(agent(2, 'invoice-bot')))
  // Twenty times as many as are remembered of all, by somebody else, who waits in vain for half a minute, too.
  for (let at = 0; at < 40; at++) {
    const spans = Array.from({ length: 1_000 }, (_, span) => agent(1_000_000 + at * 1_000 + span, 'flood', 7))
    await from('loud', documentOf(...spans), documentOf(call(5_000_000 + at, 6_000_000 + at)))
    await ingest.passes(1_000)
  }
  await ingest.passes(10_000)
  await from('quiet', documentOf(call(3, 2)))
  assert.equal(ingest.agents().at(-1), 'invoice-bot', 'its span is remembered')
  await from('quiet', documentOf(call(5, 4)))
  assert.equal(ingest.stage.heldBack?.().length, 1, 'its calls still wait for their agents')
  await from('quiet', documentOf(agent(4, 'late-bot')))
  assert.equal(ingest.agents().at(-1), 'late-bot')
})

const loggedCall = (id: string, service = 'app'): string => {
  const attributes = Object.entries({ 'session.id': 's1', tool_name: 'pay', tool_use_id: id }).map(
    ([key, stringValue]) => ({ key, value: { stringValue } }),
  )
  const record = { timeUnixNano: '1795341601000000000', body: { stringValue: 'claude_code.tool_result' }, attributes }
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] }
  return JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] })
}
const spannedCall = (id: number, callId: string): string =>
  documentOf({
    id,
    name: 'claude_code.tool',
    attributes: { 'span.type': 'tool', tool_name: 'pay', tool_use_id: callId },
  })

for (const order of ['the log first', 'the span first'])
  test(`a call that a log record and a span tell of is one event, ${order}`, async () => {
    const ingest = stageOf()
    const records = [loggedCall('toolu_1'), spannedCall(3, 'toolu_1')]
    for (const record of order === 'the log first' ? records : records.reverse()) await ingest.reads(record)
    await ingest.reads(loggedCall('toolu_2'), spannedCall(4, 'toolu_3'))
    assert.equal(ingest.events.length, 3)
    assert.deepEqual(ingest.passedOver, ['otlp log and span of one call'])
  })

test('a log record that cannot be read hides no span', async () => {
  const ingest = stageOf()
  await ingest.reads(loggedCall('toolu_1', ''), spannedCall(3, 'toolu_1'))
  assert.deepEqual([ingest.events.length, ingest.rejections.length], [1, 1])
})

test('an id of a call says nothing across tenants', async () => {
  const ingest = stageOf()
  const record = (value: string, tenant: string, offset: number): LogRecord => ({
    ...{ topic: topics.audit.name, partition: 0, offset, key: 'k', headers: { tenant }, timestamp: 0 },
    value: Buffer.from(value),
  })
  await ingest.takes([record(loggedCall('toolu_1'), 'evil', 0), record(spannedCall(3, 'toolu_1'), 'acme', 1)])
  assert.equal(ingest.events.length, 2)
})

test('parts of a line in records of their own are one record, and counted', async () => {
  const ingest = stageOf()
  const text = JSON.stringify(nativeEvent)
  const line = (flag: string, part: string) => `2026-06-01T10:00:00.000000001Z stdout ${flag} ${part}`
  await ingest.reads(line('P', text.slice(0, 20)), line('P', text.slice(20, 40)))
  assert.deepEqual([ingest.agents(), ingest.stage.heldBack?.().length], [[], 1])
  await ingest.reads(line('F', text.slice(40)))
  assert.deepEqual(
    [ingest.agents(), ingest.rejections, ingest.passedOver],
    [[nativeEvent.agent], [], ['part of a line', 'part of a line']],
  )
})

test('a line whose end never comes is rejected, part by part', async () => {
  const ingest = stageOf()
  await ingest.reads('2026-06-01T10:00:00.000000001Z stdout P {"id":', '2026-06-01T10:00:00.000000001Z stdout P 1')
  await ingest.passes(6_000)
  assert.deepEqual([ingest.events.length, ingest.rejections.length, ingest.stage.heldBack?.()], [0, 2, []])
})

const cri = (flag: string, text: string) => `2026-06-01T10:00:00.000000001Z stdout ${flag} ${text}`
const docker = (log: string) => JSON.stringify({ log, stream: 'stdout', time: '2026-06-01T10:00:00Z' })

test('no sender ends, begins or hides a line of another: parts are joined by tenant, token and key', async () => {
  const text = JSON.stringify(nativeEvent)
  const forged = JSON.stringify({ ...nativeEvent, id: 'forged' })
  const senders: readonly (readonly [string, Partial<LogRecord>])[] = [
    ['tenant', { headers: { tenant: 'beta' } }],
    ['token', { headers: { tenant: 'acme', origin: 'token other' } }],
    ['key', { headers: { tenant: 'acme', origin: 'token own' }, key: 'another' }],
    ['agents', { headers: { tenant: 'acme', origin: 'token own', agents: '["somebody"]' } }],
  ]
  for (const [name, attacker] of senders) {
    for (const [open, whole] of [
      [cri('P', `${forged} `), cri('F', text)],
      [docker(`${forged},`), docker(`${text}\n`)],
    ] as const) {
      const ingest = stageOf()
      const record = (value: string, offset: number, more: Partial<LogRecord>): LogRecord => ({
        ...{ topic: topics.audit.name, partition: 0, offset, key: 'k', timestamp: 0, value: Buffer.from(value) },
        headers: { tenant: 'acme', origin: 'token own' },
        ...more,
      })
      await ingest.takes([record(open, 0, attacker), record(whole, 1, {}), record(cri('P', text.slice(0, 20)), 2, {})])
      await ingest.takes([record(cri('F', text.slice(20)), 3, attacker), record(cri('F', text.slice(20)), 4, {})])
      await ingest.passes(6_000)
      const [reported, forgeries] = [
        ingest.events.filter(({ id }) => id !== 'forged'),
        ingest.events.filter(({ id }) => id === 'forged'),
      ]
      // What the other says stands under its own binding, or nowhere.
      assert.ok(
        forgeries.length <= 1 && forgeries.every(({ tenant }) => tenant === (attacker.headers?.tenant ?? '')),
        name,
      )
      assert.deepEqual(
        reported.map(({ id, tenant }) => [id, tenant]),
        // Once whole, once in two parts: what tells of it again counts as a repeat later on.
        [
          [nativeEvent.id, 'acme'],
          [nativeEvent.id, 'acme'],
        ],
        name,
      )
    }
  }
})

test('lines of two containers that one shipper sends are not joined', async () => {
  const ingest = stageOf()
  const text = JSON.stringify(nativeEvent)
  const of = (pod_name: string, log: string) =>
    JSON.stringify({ log, stream: 'stdout', kubernetes: { pod_name, container_name: 'app' } })
  await ingest.reads(of('one', text.slice(0, 20)), of('two', `${JSON.stringify({ ...nativeEvent, id: 'two' })}\n`))
  await ingest.reads(of('one', `${text.slice(20)}\n`))
  assert.deepEqual(ingest.events.map(({ id }) => id).toSorted(), [nativeEvent.id, 'two'].toSorted())
  assert.deepEqual(ingest.rejections, [])
})

test('a sender whose lines never end holds its partition up for a bounded share of the time only', async () => {
  const ingest = stageOf()
  let heldMs = 0
  for (let second = 0; second < 120; second++) {
    await ingest.reads(cri('P', '{"id":'))
    if ((ingest.stage.heldBack?.() ?? []).length > 0) heldMs += 1_000
    await ingest.passes(1_000)
  }
  assert.ok(heldMs > 0 && heldMs <= 40_000, `${heldMs} ms`)
})

test('more open lines than are kept give up the first of them', async () => {
  const ingest = stageOf()
  const parts = Array.from(
    { length: 1_001 },
    (_none, at): LogRecord => ({
      ...{ topic: topics.audit.name, partition: 0, offset: at, key: `k${at}`, headers: {}, timestamp: 0 },
      value: Buffer.from(cri('P', '{"id":')),
    }),
  )
  await ingest.takes(parts)
  assert.equal(ingest.rejections.length, 1)
})

test('a partition that is gone takes what waited in it along', async () => {
  const ingest = stageOf()
  await ingest.reads(documentOf(call(3, 2)))
  await ingest.stage.revoked?.([{ topic: topics.audit.name, partition: 0 }])
  await ingest.passes(10_000)
  assert.deepEqual([ingest.agents(), ingest.stage.heldBack?.()], [[], []])
})
