import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AgentEvent } from '@straylight/schemas/agent-event'
import { Rejection } from '@straylight/schemas/rejection'
import { context } from '../../test-support/audit-record.ts'
import { hostileRecord, hostileText, seededDraw, wholeNative, wholes } from '../../test-support/hostile-record.ts'
import { allFormats } from '../formats/all-formats.ts'
import { openRecord } from '../framing/open-record.ts'
import { readRecord } from './read-record.ts'

// Promise 10: whatever a value holds, it is one event or one rejection, and a fault of our own costs that value alone.

const position = { topic: 'agent.audit.v1', partition: 0, offset: 0, index: 0 }
const records = 4_000

/** Every text in a value, names of fields among them. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)])
}

test('whatever is mutated, each value is one valid event or one valid rejection, and nothing is thrown or half a character', () => {
  const draw = seededDraw(11)
  const counts = { events: 0, rejections: 0 }
  for (let n = 0; n < records; n++) {
    const { value, headers } = hostileRecord(draw)
    const faults: unknown[] = []
    const reading = { ...context, onReaderFault: (error: unknown) => faults.push(error) }
    const { events, rejections, passed_over } = readRecord(value, headers, reading)
    const about = `record ${n}: ${value.toString('utf8', 0, 1000)} ${JSON.stringify(headers)}`
    assert.deepEqual(faults, [], about)
    for (const { event } of events) {
      const whole = { ...event, id: event.id ?? 'made', position }
      const { success, error } = AgentEvent.safeParse(JSON.parse(JSON.stringify(whole)))
      assert.ok(success, `${error?.message} ${about}`)
      for (const text of textsIn(whole)) assert.ok(text.isWellFormed(), about)
    }
    for (const { index: _index, ...rejection } of rejections) {
      const { success, error } = Rejection.safeParse({ ...rejection, position })
      assert.ok(success, `${error?.message} ${about}`)
      for (const text of textsIn(rejection)) assert.ok(text.isWellFormed(), about)
    }
    const indexes = [...events, ...rejections, ...passed_over].map(({ index }) => index).sort((a, b) => a - b)
    assert.deepEqual(indexes, [...indexes.keys()], about)
    const found = openRecord(value, headers)
    const refused = rejections.length === 1 && rejections[0]?.code === 'not_permitted'
    if (!refused) assert.equal(indexes.length, 'fault' in found ? 1 : found.length, about)
    assert.deepEqual(readRecord(value, headers, reading), { events, rejections, passed_over }, `read again: ${about}`)
    counts.events += events.length
    counts.rejections += rejections.length
  }
  assert.ok(counts.events > records / 10 && counts.rejections > records / 10, `both happen: ${JSON.stringify(counts)}`)
})

test('a fault of the reader costs its value and no other, keeps the bytes, and is reported', () => {
  const reported: unknown[] = []
  const broken = {
    ...context,
    registry: {
      ...context.registry,
      resolve: (_tenant: string, name: string) => {
        if (name === 'trap') throw new TypeError('resolve is broken \ud800')
        return null
      },
    },
    onReaderFault: (error: unknown) => reported.push(error),
  }
  const line = (agent: string) => ({ id: agent, time: '2026-11-22T10:00:00Z', agent, system: 's', action: 'a' })
  const { events, rejections } = readRecord(
    Buffer.from(JSON.stringify([line('before'), line('trap'), line('after')])),
    {},
    broken,
  )
  assert.deepEqual(
    events.map(({ index, event }) => [index, event.agent]),
    [
      [0, 'before'],
      [2, 'after'],
    ],
  )
  assert.equal(rejections.length, 1)
  assert.deepEqual([rejections[0]?.code, rejections[0]?.index], ['reader_fault', 1])
  assert.match(rejections[0]?.reason ?? '', /fault of Straylight's own: resolve is broken \?\./)
  assert.deepEqual(JSON.parse(Buffer.from(rejections[0]?.head_base64 ?? '', 'base64').toString()), line('trap'))
  assert.equal(reported.length, 1)
})

test('whatever text the acting agent chose, its call is judged: cut to its bound, never refused', () => {
  const draw = seededDraw(3)
  for (let n = 0; n < 2_000; n++) {
    const text = hostileText(draw) || 'x'
    const chosen = {
      ...{ tool: text, action: text, session: text, trace: text, privilege: text, resource: text },
      ...{
        destinations: [text],
        argument_names: [text],
        argument_values: JSON.parse(`{${JSON.stringify(text)}:["u:1"]}`),
      },
    }
    const { events, rejections } = readRecord(Buffer.from(JSON.stringify({ ...wholeNative, ...chosen })), {}, context)
    assert.deepEqual(rejections, [], JSON.stringify(text.slice(0, 100)))
    const event = events[0]?.event
    assert.deepEqual(Object.values(event?.argument_values ?? {}), [['u:1']], 'no value is lost with its name')
    assert.equal(event?.destinations?.length, 1)
  }
})

test('a call without a name is judged, and two long names with one beginning stay two', () => {
  const read = (change: object) => readRecord(Buffer.from(JSON.stringify({ ...wholeNative, ...change })), {}, context)
  assert.equal(read({ tool: '', action: '' }).events[0]?.event.tool, 'unnamed')
  const [one, other] = ['1', '2'].map((end) => read({ tool: `${'t'.repeat(700)}${end}` }).events[0]?.event.tool)
  assert.notEqual(one, other)
  assert.ok(one !== undefined && one.length <= 512 && one.startsWith('t'.repeat(490)))
  const values = { 'a\u0000': ['u:1'], 'a\u0001': ['u:2'] }
  assert.deepEqual(read({ argument_values: values }).events[0]?.event.argument_values, { a: ['u:1', 'u:2'] })
})

for (const field of ['id', 'tenant', 'agent', 'owner', 'parent_agent', 'system'])
  test(`what the sender's system chose is refused beyond its bound: ${field}`, () => {
    const value = Buffer.from(JSON.stringify({ ...wholeNative, [field]: 'x'.repeat(700) }))
    assert.deepEqual(
      readRecord(value, {}, context).rejections.map(({ code, path }) => [code, path]),
      [['invalid_field', field]],
    )
  })

test('every format is among what is mutated: a new one brings its samples', () => {
  const read = wholes.flatMap(({ value, headers = {} }) => {
    const { events } = readRecord(Buffer.from(JSON.stringify(value)), headers, context)
    return events.map(({ event }) => event.format)
  })
  for (const { name } of allFormats)
    assert.ok(read.includes(name), `no sample of ${name}: write services/ingest/src/formats/samples/${name}/`)
})
