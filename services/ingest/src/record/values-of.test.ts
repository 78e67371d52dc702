import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { context, nativeEvent } from '../../test-support/audit-record.ts'
import { inputsIn } from '../../test-support/inputs-in.ts'
import { readRecord } from './read-record.ts'
import { recordItems } from './record-items.ts'

// Promise 5: whatever a record wraps, nothing in it vanishes and nothing in it stays uncounted.

const trail = { eventName: 'GetObject', eventTime: '2026-11-22T10:00:00Z', eventSource: 's3.amazonaws.com' }
const envelope = { specversion: '1.0', type: 'agent.action.v1', id: 'c', source: '/x', data: nativeEvent }
const read = (value: unknown) => readRecord(Buffer.from(JSON.stringify(value)), {}, context)

for (const [name, extra] of [
  ['an empty wrapper', { Records: [] }],
  ['a wrapper of another event', { Records: [{ ...nativeEvent, id: 'harmless' }] }],
  ['a wrapper that is no array', { Records: 7 }],
  ['an EventBridge envelope', { 'detail-type': 0, detail: trail }],
] as const)
  test(`an event that is also ${name} is read as itself`, () => {
    const { events, rejections } = read({ ...nativeEvent, id: 'outer', ...extra })
    assert.deepEqual([events.map(({ event }) => event.id), rejections], [['outer'], []])
    assert.deepEqual(
      read({ ...envelope, ...extra }).events.map(({ event }) => event.format),
      ['cloudevents'],
    )
  })

for (const [value, reason] of [
  [{ Records: [] }, 'Records: is empty: it holds no event'],
  [{ Records: 7 }, 'Records: must be an array, not a number'],
  [[], 'is an empty array: it holds no event'],
] as const)
  test(`${JSON.stringify(value)} is one rejection that keeps its bytes, alone and inside an array`, () => {
    for (const [whole, count] of [
      [value, 1],
      [[value, value], 2],
      [{ Records: [value] }, 1],
    ] as const) {
      const { events, rejections } = read(whole)
      assert.deepEqual([events, rejections.map((one) => one.reason)], [[], Array(count).fill(reason)])
      for (const { head_base64 } of rejections)
        assert.deepEqual(JSON.parse(Buffer.from(head_base64, 'base64').toString()), value)
    }
  })

const wrapped = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<unknown>(nativeEvent, envelope, trail, {}, 7, null, [], { Records: [] }, { Records: 7 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.record({ Records: tie('value') }),
    fc.record({ Records: tie('value'), 'detail-type': tie('value'), detail: tie('value') }),
    tie('value').map((Records) => ({ ...nativeEvent, Records })),
  ),
})).value

/** JSON as a hostile sender may write it: escaped names, and space or a byte order mark before it. */
const written = fc
  .tuple(wrapped, fc.boolean(), fc.constantFrom('', ' ', '\t', '\ufeff', '\ufeff '))
  .map(([value, isEscaped, before]) => {
    const text = JSON.stringify(value)
    return { value, bytes: Buffer.from(before + (isEscaped ? text.replaceAll('"Records"', '"\\u0052ecords"') : text)) }
  })

test('every value that is read is one event or one rejection, and each is a record of its own once expanded', () => {
  fc.assert(
    fc.property(written, ({ value, bytes }) => {
      const whole = readRecord(bytes, {}, context)
      const inputs = inputsIn(value)
      assert.equal(whole.events.length + whole.rejections.length, inputs)
      const records = [...recordItems({ value: bytes, headers: {} })]
      assert.equal(records.length, inputs)
      for (const record of records) {
        const { events, rejections } = readRecord(record.value, record.headers, context)
        assert.equal(events.length + rejections.length, 1)
      }
    }),
    { numRuns: 1_000 },
  )
})
