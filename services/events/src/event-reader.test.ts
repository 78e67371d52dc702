import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogRecord, NewRecord } from '@straylight/runtime/log/log'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { topics } from '@straylight/schemas/topics'
import fc from 'fast-check'
import { ArrayLog } from '../test-support/array-log.ts'
import { EventReader, type ReadEvent } from './event-reader.ts'
import { markerRecords } from './knowledge-log.ts'

function eventOf(offset: number, changes: Partial<AgentEvent> = {}): AgentEvent {
  return {
    id: `e${offset}`,
    time: 1_790_000_000_000,
    tenant: 'acme',
    agent: 'bot',
    system: 'erp',
    action: 'read',
    format: 'native',
    registered: true,
    content_hash: offset.toString(16).padStart(16, '0'),
    position: { topic: 'agent.audit.v1', partition: 0, offset, index: 0 },
    ...changes,
  }
}

const recordOf = (event: AgentEvent): NewRecord => ({
  topic: topics.events.name,
  partition: 0,
  key: 'acme|bot',
  value: JSON.stringify(event),
})

async function logged(records: readonly NewRecord[]): Promise<{ log: ArrayLog; records: LogRecord[] }> {
  const log = new ArrayLog()
  await log.append(records)
  return { log, records: log.partition({ topic: topics.events.name, partition: 0 }) }
}

const idsOf = (read: readonly ReadEvent[]) =>
  read.map((one) => (one.kind === 'event' ? one.event.id + (one.changed_repeat ? '*' : '') : `m${one.version}`))

test('what ingest wrote again after a restart counts once', async () => {
  const events = [0, 1, 2, 1, 2, 3].map((offset) => recordOf(eventOf(offset)))
  const { records } = await logged(events)
  const reader = new EventReader()
  assert.deepEqual(idsOf(reader.take({ partition: 0, records })), ['e0', 'e1', 'e2', 'e3'])
  assert.deepEqual([reader.redelivered, reader.repeats], [2, 0])
})

test('positions are kept by source topic and partition, and count the index', async () => {
  const at = (topic: string, partition: number, offset: number, index: number) =>
    recordOf(
      eventOf(0, { id: `${topic}${partition}-${offset}-${index}`, position: { topic, partition, offset, index } }),
    )
  const given = [
    at('a', 0, 5, 0),
    at('a', 0, 5, 1),
    at('a', 1, 0, 0),
    at('b', 0, 0, 0),
    at('a', 0, 5, 1),
    at('a', 0, 4, 9),
  ]
  const { records } = await logged(given)
  const ids = idsOf(new EventReader().take({ partition: 0, records }))
  assert.deepEqual(ids, ['a0-5-0', 'a0-5-1', 'a1-0-0', 'b0-0-0'])
})

test("a shipper's repeat counts once, a twin with other content comes through and says so", async () => {
  const content_hash = 'ffffffffffffffff'
  const given = [
    eventOf(0, { id: 'x' }),
    eventOf(1, { id: 'x', content_hash: eventOf(0).content_hash }),
    eventOf(2, { id: 'x', content_hash }),
    eventOf(3, { id: 'x', content_hash }),
    eventOf(4, { id: 'x', content_hash: eventOf(0).content_hash }),
    eventOf(5, { id: 'x', tenant: 'other', content_hash: eventOf(0).content_hash }),
  ]
  const { records } = await logged(given.map(recordOf))
  const reader = new EventReader()
  assert.deepEqual(idsOf(reader.take({ partition: 0, records })), ['x', 'x*', 'x'])
  assert.equal(reader.repeats, 3)
})

test('a repeat is reported 200,000 records later, and not for ever', () => {
  const reader = new EventReader()
  const take = (logOffset: number, source: number, id: string) =>
    reader.take({
      partition: 0,
      records: [
        {
          ...recordOf(eventOf(source, { id, content_hash: '0000000000000001' })),
          partition: 0,
          offset: logOffset,
          value: Buffer.from(JSON.stringify(eventOf(source, { id, content_hash: '0000000000000001' }))),
          headers: {},
          timestamp: 0,
        },
      ],
    }).length
  assert.equal(take(7, 0, 'x'), 1)
  assert.equal(take(200_007, 1, 'x'), 0)
  assert.equal(take(400_007, 2, 'x'), 0)
  assert.equal(take(700_007, 3, 'x'), 1)
})

test('a marker not later than the last is dropped; unreadable records are counted and passed over', async () => {
  const foreign = ['{', '[]', 'null', '{"id":1}', '{"__proto__":{}}'].map((value) => ({
    topic: topics.events.name,
    partition: 0,
    key: '',
    value,
  }))
  const given = [
    ...markerRecords(2, 1),
    ...foreign,
    ...markerRecords(2, 1),
    ...markerRecords(1, 1),
    ...markerRecords(3, 1),
  ]
  const { records } = await logged(given)
  const reader = new EventReader()
  assert.deepEqual(idsOf(reader.take({ partition: 0, records })), ['m2', 'm3'])
  assert.deepEqual([reader.redelivered, reader.unreadable], [2, 5])
})

/** Source positions that go back now and then, ids that come again, contents that change, markers between. */
const history = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ id: fc.nat(12), content: fc.nat(2), back: fc.nat(3), source: fc.nat(1) }) },
    { weight: 1, arbitrary: fc.record({ marker: fc.integer({ min: 1, max: 4 }) }) },
  ),
  { maxLength: 80 },
)

function recordsOf(
  steps: readonly ({ marker: number } | { id: number; content: number; back: number; source: number })[],
) {
  const next = [0, 0]
  return steps.flatMap((step): NewRecord[] => {
    if ('marker' in step) return markerRecords(step.marker, 1)
    const offset = Math.max(0, (next[step.source] as number) - step.back)
    next[step.source] = Math.max(next[step.source] as number, offset + 1)
    const position = { topic: 'agent.audit.v1', partition: step.source, offset, index: 0 }
    return [recordOf(eventOf(0, { id: `e${step.id}`, content_hash: `${step.content}`.repeat(16), position }))]
  })
}

test('cut anywhere and recovered, the reader goes on as if nothing had happened', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.nat(80), async (steps, cut) => {
      const { log, records } = await logged(recordsOf(steps))
      const whole = new EventReader()
      const expected = whole.take({ partition: 0, records })
      const committed = Math.min(cut, records.length)
      const resumed = new EventReader()
      const marker = await resumed.recover(log.asLog(), { partition: 0, committed })
      assert.deepEqual([resumed.repeats, resumed.redelivered], [0, 0])
      const rest = resumed.take({ partition: 0, records: records.slice(committed) })
      assert.deepEqual(idsOf(rest), idsOf(expected.filter(({ offset }) => offset >= committed)))
      const markers = expected.filter((one) => one.kind === 'marker' && one.offset < committed)
      const last = markers.at(-1)
      assert.equal(marker, last?.kind === 'marker' ? last.version : 0)
    }),
    { numRuns: 200 },
  )
})

test('recovery finds a marker beyond the window, and reads no more than it must', async () => {
  const { log, records } = await logged(markerRecords(9, 1))
  const value = Buffer.from(JSON.stringify(eventOf(0)))
  for (let offset = 1; offset < 300_000; offset++) {
    records.push({ topic: topics.events.name, partition: 0, offset, key: '', value, headers: {}, timestamp: 0 })
  }
  const reader = new EventReader()
  assert.equal(await reader.recover(log.asLog(), { partition: 0, committed: 300_000 }), 9)
  log.reads = 0
  records.push({ ...(records[0] as LogRecord), offset: 300_000, value: Buffer.from('{"version":10}') })
  assert.equal(await reader.recover(log.asLog(), { partition: 0, committed: 300_001 }), 10)
  assert.ok(log.reads <= 250_000, `read ${log.reads}`)
})
