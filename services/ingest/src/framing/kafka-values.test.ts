import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import { context, json, nativeEvent } from '../../test-support/audit-record.ts'
import { readRecord } from '../record/read-record.ts'
import { openRecord } from './open-record.ts'

// R19: what serializers and connectors put around a record, and in one another.

const event = (id: string) => ({ ...nativeEvent, id })
const one = json(event('1'))
const prefixed = (...head: number[]) => Buffer.concat([Buffer.from(head), one])
const text = (value: unknown) => JSON.stringify(value)
const base64 = (bytes: Buffer) => bytes.toString('base64')

const values: Record<string, Buffer> = {
  'Confluent prefix': prefixed(0, 0, 0, 0, 7),
  'Apicurio prefix': prefixed(0, 0, 0, 0, 0, 0, 0, 0, 7),
  'Glue prefix': prefixed(3, 0, ...Array(16).fill(9)),
  gzip: gzipSync(one),
  zlib: deflateSync(one),
  'gzip behind nothing twice': gzipSync(gzipSync(one)),
  'gzip of a prefix': gzipSync(prefixed(0, 0, 0, 0, 7)),
  'JSON text in a string': json(text(event('1'))),
  'JSON text in a string, twice': json(text(text(event('1')))),
  "Connect's schema and payload": json({ schema: { type: 'struct' }, payload: event('1') }),
  "Connect's payload as text": json({ schema: { type: 'string' }, payload: text(event('1')) }),
  "Debezium's after": json({ before: null, after: event('1'), source: {}, op: 'c', ts_ms: 1 }),
  'Debezium in Connect': json({ schema: {}, payload: { after: text(event('1')), op: 'u', source: {} } }),
  'a byte order mark, CRLF and a comma': Buffer.from(`\ufeff \r\n${one},\r\n`),
  'record separator': Buffer.from(`\u001e${one}\n`),
  docker: json({ log: `${one}\n`, stream: 'stdout', time: '2026-06-01T08:00:00.1Z' }),
  'docker around a log line': json({ log: `2026-06-01 INFO [main] audit: ${one}\n`, stream: 'stdout' }),
  'a CRI line': Buffer.from(`2026-06-01T08:00:00.123456789Z stdout F ${one}`),
  'an entry of Fluent Bit': json([1780000000.25, { log: one.toString() }]),
  'an entry of Fluent Bit with metadata': json([[1780000000.25, {}], event('1')]),
  'a message of the forward protocol': json(['app.audit', 1780000000, event('1'), { chunk: 'x' }]),
  'messages of the forward protocol': json(['app.audit', [[1780000000, event('1')]]]),
  'a frame of GELF': Buffer.concat([json({ version: '1.1', short_message: one.toString() }), Buffer.from([0])]),
  'a log line that says something before it': Buffer.from(`2026-06-01 INFO call={"x":1} ${one}`),
  'a syslog line': Buffer.from(`<134>1 2026-06-01T08:00:00Z host app 12 - [x@1 a="b"] ${one}`),
  'one object where a list was meant': json({ events: event('1') }),
  'a list as text': json({ logs: text([event('1')]) }),
  Loki: json({ streams: [{ stream: {}, values: [['1', one.toString()]] }] }),
  'Elasticsearch hits': json({ hits: { hits: [{ _source: event('1') }] } }),
  'Lambda from Kafka': json({ eventSource: 'aws:kafka', records: { 't-0': [{ topic: 't', value: base64(one) }] } }),
  'Pub/Sub push': json({ message: { data: base64(one), messageId: '1' }, subscription: 's' }),
  SNS: json({ Type: 'Notification', Message: text(event('1')) }),
  "Logstash's message beside the original event": json({
    event: { original: one.toString() },
    message: one.toString(),
  }),
  "Datadog's attributes": json({ data: [{ type: 'log', attributes: { attributes: event('1'), message: 'x' } }] }),
  "Splunk's export": json({ preview: false, result: { _raw: one.toString() } }),
  "Loki's answer": json({ data: { resultType: 'streams', result: [{ stream: {}, values: [['1', one.toString()]] }] } }),
  "SQS's answer": json({ Messages: [{ MessageId: 'm', Body: one.toString() }] }),
  'base64 as JSON text': json(base64(one)),
  'base64 of gzip in a list': json([base64(gzipSync(one))]),
  'base64 alone': Buffer.from(base64(one)),
  'an event of Event Hubs': json([{ Body: base64(one), SequenceNumber: 1 }]),
  'a message as kcat prints it': json({ topic: 't', partition: 0, payload: one.toString() }),
  "a container's line in Log Analytics": json({ TimeGenerated: 'x', LogMessage: one.toString() }),
  'an answer of Log Analytics': json({ tables: [{ columns: [{ name: 'LogMessage' }], rows: [[one.toString()]] }] }),
  'an answer of Logs Insights': json({
    results: [
      [
        { field: '@timestamp', value: 'x' },
        { field: '@message', value: one.toString() },
      ],
    ],
  }),
  "journald's bytes": json({ MESSAGE: [...one], _PID: '1' }),
  'gzip in base64 in a Kinesis record in an EventBridge detail': json({
    'detail-type': 'x',
    detail: { Records: [{ kinesis: { data: base64(gzipSync(one)) }, eventSource: 'aws:kinesis' }] },
  }),
}

for (const [name, value] of Object.entries(values))
  test(`a Kafka value is read: ${name}`, () => {
    const { events, rejections } = readRecord(value, {}, context)
    assert.deepEqual([events.map(({ event: { id } }) => id), rejections], [['1'], []])
  })

const [a, b, c] = ['a', 'b', 'c'].map((id) => text(event(id)))
for (const [name, value] of [
  ['lines', `${a}\n${b}\r\n${c}`],
  ['one line', `${a}${b} ${c}`],
  ['with commas', `${a},\n${b},\n${c},\n`],
  ['record separators', `\u001e${a}\n\u001e${b}\n\u001e${c}\n`],
  ['gzip of lines', gzipSync(`${a}\n${b}\n${c}\n`)],
  ['printed over lines', [a, b, c].map((one) => JSON.stringify(JSON.parse(one ?? ''), null, 2)).join('\n')],
  ['log lines', [a, b, c].map((one) => `2026-06-01 INFO ${one}`).join('\n')],
  ['mixed', `${a}\n${text({ log: b, stream: 'x' })}\n[${c}]`],
] as const)
  test(`several records in one value are read: ${name}`, () => {
    const { events, rejections } = readRecord(Buffer.from(value), {}, context)
    assert.deepEqual([events.map(({ event: { id } }) => id), rejections], [['a', 'b', 'c'], []])
  })

test('of several lines the bad one is rejected with its own bytes, and the others are read', () => {
  const { events, rejections } = readRecord(Buffer.from(`${a}\n{"id":\n${c}`), {}, context)
  assert.deepEqual(
    events.map(({ index }) => index),
    [0, 2],
  )
  assert.deepEqual(
    rejections.map(({ index, code, head_base64 }) => [index, code, Buffer.from(head_base64, 'base64').toString()]),
    [[1, 'not_json', '{"id":']],
  )
})

test('Avro and protobuf behind a registry prefix are rejected by name', () => {
  for (const value of [
    Buffer.from([0, 0, 0, 0, 42, 0x02, 0x10, 0x61]),
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 42, 0x7b, 0x02, 0x10]),
  ]) {
    const { rejections } = readRecord(value, {}, context)
    assert.deepEqual(
      rejections.map(({ code }) => code),
      ['binary_payload'],
    )
    assert.match(rejections[0]?.reason ?? '', /schema 42.*Avro and protobuf/)
  }
})

test('a tombstone is passed over, and an empty value that is none is rejected', () => {
  const { passed_over, rejections } = readRecord(Buffer.alloc(0), { tombstone: 'true' }, context)
  assert.deepEqual([passed_over, rejections], [[{ index: 0, passed_over: 'tombstone' }], []])
  assert.equal(readRecord(Buffer.alloc(0), {}, context).rejections[0]?.code, 'not_json')
  const deleted = json({ before: nativeEvent, after: null, op: 'd', source: {} })
  assert.equal(readRecord(deleted, {}, context).passed_over[0]?.passed_over, 'debezium delete')
})

for (const [name, value, path] of [
  ['agent', text(nativeEvent).replace('"agent"', '"agent":"other","agent"'), 'agent'],
  ['agent, spelled otherwise', text(nativeEvent).replace('"agent"', '"\\u0061gent":"other","agent"'), 'agent'],
  [
    'a part of the credential',
    text({ ...nativeEvent, credential: { id: 'x' } }).replace('"id":"x"', '"id":"y","id":"x"'),
    'credential.id',
  ],
  [
    'a field that nobody reads',
    text({ ...nativeEvent, x: { y: [{ z: 1 }] } }).replace('"z":1', '"z":0,"z":1'),
    'x.y.0.z',
  ],
] as const)
  test(`a doubled name is rejected: ${name}`, () => {
    const { events, rejections } = readRecord(Buffer.from(value), {}, context)
    assert.deepEqual([events, rejections.map((found) => [found.code, found.path])], [[], [['duplicate_key', path]]])
  })

test('a doubled name costs its own record in a list, and the whole document where it stands around the list', () => {
  const bad = text(event('bad')).replace('"agent"', '"agent":"x","agent"')
  const codes = (value: string) => {
    const { events, rejections } = readRecord(Buffer.from(value), {}, context)
    return [events.map(({ event: { id } }) => id), rejections.map(({ code }) => code)]
  }
  assert.deepEqual(codes(`[${a},${bad},${c}]`), [['a', 'c'], ['duplicate_key']])
  assert.deepEqual(codes(`{"events":[${a}],"events":[${c}]}`), [[], ['duplicate_key']])
  assert.deepEqual(codes(text({ log: bad, stream: 'x' })), [[], ['duplicate_key']])
})

const span = (more: string) =>
  `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00000000000000b1","name":"execute_tool x",${more}"endTimeUnixNano":"1780000000000000000"}]}]}]}`
const row = '"eventname":"A","eventtime":"2026-06-01 08:01:00.000","eventsource":"s3.amazonaws.com","eventid":"1"'
for (const [name, value] of Object.entries({
  'a field of a span': span('"name":"execute_tool y",'),
  "a span's attribute": span(
    '"attributes":[{"key":"gen_ai.tool.name","value":{"stringValue":"x","stringValue":"y"}}],',
  ),
  'an attribute of a resource': span('').replace(
    '[{"key":"service.name"',
    '[{"key":"service.name","value":{"stringValue":"b"}},{"key":"service.name"',
  ),
  "a resource's attributes": span('').replace('"attributes":', '"attributes":[],"attributes":'),
  'the text of a column': `{${row},"useridentity":"{\\"type\\":\\"IAMUser\\",\\"userName\\":\\"a\\",\\"userName\\":\\"b\\"}"}`,
  'a column of Athena': text({
    ResultSet: {
      Rows: [
        ['eventname', 'eventtime', 'eventname'],
        ['A', '2026-06-01T08:01:00Z', 'B'],
      ].map((cells) => ({
        Data: cells.map((cell) => ({ VarCharValue: cell })),
      })),
    },
  }),
  'a column of Lake': text({ QueryResultRows: [[{ eventName: 'A' }, { eventTime: 'x' }, { eventName: 'B' }]] }),
  'a field beside what is wrapped': `{"detail-type":"x","detail":{"a":1,"a":2},"Records":[${a}]}`,
  'a field of a log line': '2026-07-12T20:28:00Z info request gateway=g mcp.method=tools/call jwt.sub=a jwt.sub=b',
}))
  test(`a doubled name is rejected in what a framing takes apart: ${name}`, () => {
    const { events, rejections } = readRecord(Buffer.from(value), {}, context)
    assert.deepEqual([events, [...new Set(rejections.map(({ code }) => code))]], [[], ['duplicate_key']])
  })

test('wrappings and what they unfold to have bounds', () => {
  let deep: unknown = nativeEvent
  for (let n = 0; n < 30; n++) deep = { message: deep }
  assert.deepEqual(
    readRecord(json(deep), {}, context).rejections.map(({ code }) => code),
    ['too_deep'],
  )
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20))
  assert.ok(bomb.length < 1024 * 1024)
  assert.equal(readRecord(bomb, {}, context).rejections[0]?.code, 'too_large')
  const many = gzipSync(Buffer.from(`${text({ x: 1 })}\n`.repeat(20_000)))
  assert.ok('fault' in openRecord(many, {}))
  const cut = gzipSync(one).subarray(0, 30)
  assert.match(readRecord(cut, {}, context).rejections[0]?.reason ?? '', /gzip that is damaged/)
})

test('senders that count their bytes end no line: each record on it is read', () => {
  const frame = (id: string) => `<134>1 2026-06-01T08:00:00Z host app 12 - - ${text(event(id))}`
  const counted = ['1', '2', '3'].map((id) => `${frame(id).length} ${frame(id)}`).join('')
  const { events, rejections } = readRecord(Buffer.from(counted), {}, context)
  assert.deepEqual([events.map(({ event: { id } }) => id), rejections], [['1', '2', '3'], []])
})

test('a length before JSON is no schema registry’s prefix, which would swallow a brace', () => {
  const framed = (id: string) => Buffer.concat([Buffer.from([0, 0, 0, json(event(id)).length]), json(event(id))])
  const { events, rejections } = readRecord(Buffer.concat([framed('1'), framed('2')]), {}, context)
  assert.equal(events.length === 0 ? rejections.length : events.length - 1, 1)
})
