import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { NewRecord } from '@straylight/runtime/log/log'
import { AgentEvent } from '@straylight/schemas/agent-event'
import { Rejection } from '@straylight/schemas/rejection'
import { topics } from '@straylight/schemas/topics'
import fc from 'fast-check'
import { auditBatch, context, json, nativeEvent } from '../../test-support/audit-record.ts'
import { createIngest } from '../create-ingest.ts'
import { readRecord } from './read-record.ts'

const stage = (live = false) =>
  createIngest({ registry: context.registry, now: () => Date.parse('2026-11-22T10:00:00Z'), live })

const written = (output: readonly NewRecord[], topic: string) =>
  output.filter((record) => record.topic === topic).map((record) => JSON.parse(record.value.toString()))

/** What one value becomes, between two good ones that must come through. */
async function ingested(value: Buffer, { live = false, headers = {} } = {}) {
  const good = (id: string) => json({ ...nativeEvent, id })
  const output = await stage(live).process([auditBatch([good('before'), { value, headers }, good('after')])])
  const events = written(output, topics.events.name).map((event) => AgentEvent.parse(event))
  const rejections = written(output, topics.rejected.name).map((rejection) => Rejection.parse(rejection))
  assert.equal(events[0]?.id, 'before')
  assert.equal(events.at(-1)?.id, 'after')
  return { events: events.slice(1, -1), rejections }
}

/** Rejected once, with its place, length, hash and head. */
async function assertRejected(value: Buffer, code: string, path?: string, options = {}): Promise<void> {
  const { events, rejections } = await ingested(value, options)
  assert.deepEqual(events, [])
  assert.equal(rejections.length, 1)
  const [rejection] = rejections
  assert.deepEqual([rejection?.code, rejection?.path], [code, path])
  assert.deepEqual(rejection?.position, { topic: topics.audit.name, partition: 0, offset: 1, index: 0 })
  assert.equal(rejection?.length_bytes, value.length)
  assert.equal(rejection?.sha256, createHash('sha256').update(value).digest('hex'))
  assert.deepEqual(Buffer.from(rejection?.head_base64 ?? '', 'base64'), value.subarray(0, 65_536))
}

const native = (change: object) => json({ ...nativeEvent, ...change })

test('truncated JSON is rejected', () => assertRejected(json(nativeEvent).subarray(0, 50), 'not_json'))
test('an empty record is rejected', () => assertRejected(Buffer.alloc(0), 'not_json'))
test('JSON that is no object is rejected', () => assertRejected(Buffer.from('42'), 'unknown_format'))
test('a wrong type is rejected with its path', () =>
  assertRejected(native({ records: '310' }), 'invalid_field', 'records'))
test('an unknown format is rejected', () => assertRejected(json({ hello: 'world' }), 'unknown_format'))
test('a record of 10 MB is rejected and its head kept', () =>
  assertRejected(native({ extra: 'x'.repeat(10 * 1024 * 1024) }), 'too_large'))

test('deep nesting is rejected before it is parsed, however deep', async () => {
  await assertRejected(Buffer.from('['.repeat(65) + ']'.repeat(65)), 'too_deep')
  await assertRejected(Buffer.from('[{"a":'.repeat(100_000)), 'too_deep')
  const deepest = Buffer.from(`{"extra":${'['.repeat(63)}${']'.repeat(63)},${json(nativeEvent).toString().slice(1)}`)
  assert.equal((await ingested(deepest)).events.length, 1)
  const inText = native({ resource: '['.repeat(100) })
  assert.equal((await ingested(inText)).events.length, 1, 'brackets inside a text are no nesting')
})

test('NUL bytes are rejected where they name something, and made a space in what the agent chose', async () => {
  await assertRejected(Buffer.alloc(100), 'not_json')
  await assertRejected(Buffer.from(json(nativeEvent).toString().replace('invoice-bot', 'invoice\0bot')), 'not_json')
  await assertRejected(native({ agent: 'invoice\0bot' }), 'invalid_field', 'agent')
  await assertRejected(native({ system: 'er\0p' }), 'invalid_field', 'system')
  assert.equal((await ingested(native({ resource: 'a\0b' }))).events[0]?.resource, 'a b')
})

test('invalid UTF-8 is rejected', () =>
  assertRejected(Buffer.concat([Buffer.from('{"agent":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]), 'not_utf8'))

test('negative and absurd byte counts are rejected', async () => {
  await assertRejected(native({ bytes_sent: -1 }), 'invalid_field', 'bytes_sent')
  await assertRejected(native({ bytes_received: 2 ** 60 }), 'invalid_field', 'bytes_received')
  const infinite = Buffer.from(json(nativeEvent).toString().replace('}', ',"records":1e999}'))
  await assertRejected(infinite, 'invalid_field', 'records')
})

test('a time of 1970 is rejected', () =>
  assertRejected(native({ time: '1970-01-01T00:00:00Z' }), 'time_out_of_range', 'time'))

test('a time of 2099 is rejected live, and passes in an old log', async () => {
  await assertRejected(native({ time: '2099-01-01T00:00:00Z' }), 'time_out_of_range', 'time', { live: true })
  assert.equal((await ingested(native({ time: '2099-01-01T00:00:00Z' }))).events.length, 1)
})

test('live, a clock may be five minutes ahead and not more', async () => {
  assert.equal((await ingested(native({ time: '2026-11-22T10:05:00.000Z' }), { live: true })).events.length, 1)
  await assertRejected(native({ time: '2026-11-22T10:05:00.001Z' }), 'time_out_of_range', 'time', { live: true })
})

test('an agent name of 10 kB is rejected', () =>
  assertRejected(native({ agent: 'a'.repeat(10_240) }), 'invalid_field', 'agent'))

test('`__proto__` keys change nothing but themselves', async () => {
  const extra = Buffer.from(`{"__proto__":{"polluted":true},${json(nativeEvent).toString().slice(1)}`)
  const { events } = await ingested(extra)
  assert.equal(events.length, 1)
  assert.equal('polluted' in (events[0] ?? {}), false)
  assert.equal('polluted' in {}, false)
  const named = Buffer.from(json(nativeEvent).toString().replace('}', ',"signals":{"__proto__":0.5}}'))
  await assertRejected(named, 'invalid_field', 'signals.__proto__')
})

test('one bad item of an array is rejected, the others pass', async () => {
  const { events, rejections } = await ingested(
    json([{ ...nativeEvent, id: 'a' }, { ...nativeEvent, records: -3 }, 7, { ...nativeEvent, id: 'b' }]),
  )
  assert.deepEqual(
    events.map(({ id, position }) => [id, position.index]),
    [
      ['a', 0],
      ['b', 3],
    ],
  )
  assert.deepEqual(
    rejections.map(({ code, position }) => [code, position.index]),
    [
      ['invalid_field', 1],
      ['unknown_format', 2],
    ],
  )
})

test('a megabyte of tiny values costs one rejection, not half a million', () =>
  assertRejected(Buffer.from(`[${'1,'.repeat(500_000)}1]`), 'too_large'))

test('repeated ids pass with the same hash for the same content and another one for other content', async () => {
  const output = await stage().process([auditBatch([native({}), native({}), native({ records: 3 })])])
  const [first, second, third] = written(output, topics.events.name)
  assert.deepEqual([second.id, second.content_hash], [first.id, first.content_hash])
  assert.equal(third.id, first.id)
  assert.notEqual(third.content_hash, first.content_hash)
})

test('10,000 made-up agents and their credentials leave nothing behind but a bounded memory of uses', async () => {
  const values = Array.from({ length: 10_000 }, (_, n) =>
    native({ agent: `made-up-${n}`, credential: { id: `c-${n}` } }),
  )
  const output = await stage().process([auditBatch(values)])
  assert.equal(written(output, topics.events.name).length, 10_000)
  assert.ok(written(output, topics.events.name).every((event) => event.registered === false))
})

test('of more destinations than an event may have 63 count, and one item stands for the rest', async () => {
  const some = (count: number) => Array.from({ length: count }, (_, n) => `d-${n}@x.example`)
  const { events } = await ingested(native({ destinations: some(65) }))
  const destinations = events[0]?.destinations ?? []
  assert.deepEqual([destinations.length, destinations.slice(0, 63)], [64, some(63)])
  assert.match(destinations[63] ?? '', /^more…#[0-9a-f]{12}$/)
})

test('any bytes at all end as events or as accounted rejections, and nothing is thrown', () => {
  const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
  const whole = json([{ ...nativeEvent }, { Records: [{ eventName: 'x', eventSource: 'y', eventTime: 'z' }] }])
  const damaged = fc
    .tuple(fc.nat(whole.length), fc.nat(whole.length), fc.uint8Array({ maxLength: 4 }))
    .map(([from, to, bytes]) => Buffer.concat([whole.subarray(0, from), bytes, whole.subarray(to)]))
  const anyJson = fc.json().map((text) => Buffer.from(text))
  fc.assert(
    fc.property(fc.oneof(noise, damaged, anyJson), (value) => {
      const { events, rejections, passed_over } = readRecord(value, {}, context)
      const indexes = [...events, ...rejections, ...passed_over].map(({ index }) => index).sort((a, b) => a - b)
      assert.deepEqual(indexes, [...indexes.keys()], 'each value of the record is exactly one of the three')
      assert.ok(indexes.length > 0, 'nothing vanishes')
      for (const { event } of events) assert.ok(event.agent.length > 0)
    }),
    { numRuns: 2_000 },
  )
})
