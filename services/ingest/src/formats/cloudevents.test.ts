import assert from 'node:assert/strict'
import { test } from 'node:test'
import { context, json, nativeEvent } from '../../test-support/audit-record.ts'
import { readRecord } from '../record/read-record.ts'

const { id, time, agent, ...data } = nativeEvent
const envelope = { specversion: '1.0', type: 'agent.action.v1', source: '/gateway/7', id, time, subject: agent }

const only = (value: unknown, headers: Record<string, string> = {}) => {
  const { events, rejections } = readRecord(json(value), headers, context)
  assert.deepEqual(rejections, [])
  assert.equal(events.length, 1)
  return events[0]!.event
}

test('structured: the envelope gives id, time and agent where the data does not', () => {
  const event = only({ ...envelope, data, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' })
  assert.equal(event.format, 'cloudevents')
  assert.equal(event.id, id)
  assert.equal(event.time, Date.parse(time))
  assert.equal(event.agent, agent)
  assert.equal(event.trace, '0af7651916cd43dd8448eb211c80319c')
})

test("structured: the data's own words win over the envelope's", () => {
  const event = only({ ...envelope, data: { ...data, id: 'own', agent: 'other', time: '2026-11-22T09:00:00Z' } })
  assert.deepEqual([event.id, event.agent, event.time], ['own', 'other', Date.UTC(2026, 10, 22, 9)])
})

test('structured: data may come as base64', () => {
  assert.equal(only({ ...envelope, data_base64: json(data).toString('base64') }).system, 'erp')
})

test('structured batch: each envelope is an event of its own', () => {
  const { events } = readRecord(
    json([
      { ...envelope, data },
      { ...envelope, id: 'e-2', data },
    ]),
    {},
    context,
  )
  assert.deepEqual(
    events.map(({ index, event }) => [index, event.id]),
    [
      [0, 'e-1'],
      [1, 'e-2'],
    ],
  )
})

test('binary: attributes are headers, the value is the data', () => {
  const headers = Object.fromEntries(Object.entries(envelope).map(([name, value]) => [`ce_${name}`, value]))
  const event = only(data, headers)
  assert.deepEqual([event.format, event.id, event.agent], ['cloudevents', id, agent])
  const other = only(data, { ...headers, ce_subject: 'other' })
  assert.notEqual(other.content_hash, event.content_hash, 'attributes are part of what was sent')
})

test('binary: an array would make several events of one id, so it is rejected', () => {
  const { events, rejections } = readRecord(json([data]), { ce_type: envelope.type, ce_specversion: '1.0' }, context)
  assert.equal(events.length, 0)
  assert.equal(rejections[0]?.code, 'unknown_format')
})

for (const [what, change, code, path] of [
  ['another type', { type: 'order.placed', data }, 'unknown_format', 'type'],
  ['another version', { specversion: '0.3', data }, 'unknown_format', 'specversion'],
  ['no data', {}, 'invalid_field', 'data'],
  ['data that is text', { data: 'text' }, 'invalid_field', 'data'],
  ['base64 of something else', { data_base64: 'AAAA' }, 'invalid_field', 'data_base64'],
  ['a mistyped field in the data', { data: { ...data, records: '3' } }, 'invalid_field', 'records'],
] as const) {
  test(`rejected: ${what}`, () => {
    const { events, rejections } = readRecord(json({ ...envelope, ...change }), {}, context)
    assert.equal(events.length, 0)
    assert.deepEqual([rejections[0]?.code, rejections[0]?.path], [code, path])
  })
}

test('an envelope of another type is a courier: what it carries counts once, whichever way it came', () => {
  const record = {
    kind: 'Event',
    auditID: 'a-1',
    stage: 'ResponseComplete',
    verb: 'list',
    user: { username: 'system:serviceaccount:agents:deploy-bot' },
    objectRef: { resource: 'secrets', namespace: 'prod' },
    requestReceivedTimestamp: '2026-11-01T10:00:00Z',
  }
  const text = JSON.stringify(record)
  const other = { specversion: '1.0', id: 'c-1', source: '/cluster', type: 'example.audit.v1' }
  const plain = only(record)
  assert.equal(plain.format, 'kubernetes-audit')
  for (const carrier of [
    { ...other, data: record },
    { ...other, data: text },
    { ...other, data_base64: Buffer.from(text).toString('base64') },
    [{ ...other, data: record }],
    { version: '1.1', host: 'node-1', short_message: text },
    { version: '1.1', host: 'node-1', short_message: 'audit', full_message: text },
  ])
    assert.deepEqual(only(carrier), plain)
  assert.deepEqual(only(record, { ce_type: other.type, ce_specversion: '1.0', ce_id: 'c-1' }), plain)
})
