import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { context, nativeEvent } from '../../test-support/audit-record.ts'
import { readRecord } from '../record/read-record.ts'
import { recordItems } from '../record/record-items.ts'

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
  [{ Records: ['fork', 7] }, 'Records: holds no objects: it holds no event'],
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

/** Values in one another, and the ids of the events among them: no wrapping may hide or double one. */
interface Wrapped {
  readonly value: unknown
  readonly ids: readonly string[]
}

const list = (items: readonly Wrapped[]): Wrapped => ({
  value: items.map(({ value }) => value),
  ids: items.flatMap(({ ids }) => ids),
})
const around = (name: string, { value, ids }: Wrapped): Wrapped => ({ value: { [name]: value }, ids })
const asText = ({ value, ids }: Wrapped): Wrapped => ({ value: JSON.stringify(value), ids })
const asBase64 = (isGzip: boolean, { value, ids }: Wrapped): Wrapped => {
  const bytes = Buffer.from(JSON.stringify(value))
  return { value: (isGzip ? gzipSync(bytes) : bytes).toString('base64'), ids }
}

const event: fc.Arbitrary<Wrapped> = fc.uuid().map((id) => ({ value: { ...nativeEvent, id }, ids: [id] }))
const other: fc.Arbitrary<Wrapped> = fc
  .constantFrom<unknown>(trail, {}, 7, null, [], { Records: [] }, { Records: 7 }, { message: 'hello' }, 'text')
  .map((value) => ({ value, ids: [] }))

const wrapped = fc.letrec<{ value: Wrapped; some: Wrapped }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    event,
    other,
    tie('some'),
    fc
      .tuple(fc.constantFrom('Records', 'events', 'logs', 'logEvents'), tie('some'))
      .map(([name, of]) => around(name, of)),
    fc.tuple(fc.constantFrom('log', 'message', '_source'), event).map(([name, of]) => around(name, of)),
    fc.tuple(fc.constantFrom('log', 'message', 'events', 'body'), event).map(([name, of]) => around(name, asText(of))),
    fc.tuple(fc.boolean(), event).map(([isGzip, of]) => around('kinesis', around('data', asBase64(isGzip, of)))),
    fc.tuple(tie('some'), event).map(([of, one]) => ({
      value: { Records: of.value, 'detail-type': 'x', detail: one.value },
      ids: [...one.ids, ...of.ids],
    })),
    tie('value').map(({ value }) => ({ value: { ...nativeEvent, id: 'outer', Records: value }, ids: ['outer'] })),
  ),
  some: fc.array(tie('value'), { minLength: 1, maxLength: 3 }).map(list),
})).value

/** JSON as a hostile sender may write it: escaped names, and space or a byte order mark before it. */
const written = fc
  .tuple(
    wrapped,
    fc.boolean(),
    fc.constantFrom('', ' ', '\t', '\ufeff', '\ufeff ', '\u001e'),
    fc.constantFrom('', '\r\n', ' ,'),
  )
  .map(([{ value, ids }, isEscaped, before, behind]) => {
    const text = JSON.stringify(value)
    const spelled = isEscaped ? text.replaceAll('"Records"', '"\\u0052ecords"') : text
    return { ids, bytes: Buffer.from(before + spelled + behind) }
  })

test('every event in any wrapping is read once, and each value is a record of its own once expanded', () => {
  fc.assert(
    fc.property(written, ({ ids, bytes }) => {
      const whole = readRecord(bytes, {}, context)
      const native = whole.events.filter(({ event: { format } }) => format === 'native').map(({ event: { id } }) => id)
      assert.deepEqual(native.sort(), [...ids].sort())
      const indexes = [...whole.events, ...whole.rejections].map(({ index }) => index).sort((a, b) => a - b)
      assert.deepEqual(indexes, [...indexes.keys()])
      assert.ok(indexes.length > 0)
      const records = [...recordItems({ value: bytes, headers: {} })]
      const again = records.map((record) => readRecord(record.value, record.headers, context))
      assert.equal(records.length, indexes.length)
      for (const { events, rejections } of again) assert.equal(events.length + rejections.length, 1)
      assert.deepEqual(
        again.flatMap(({ events }) => events.map(({ event: { content_hash } }) => content_hash)),
        whole.events.map(({ event: { content_hash } }) => content_hash),
      )
    }),
    { numRuns: 1_000 },
  )
})

test('a list of names among the fields of an unknown record is no list of records', () => {
  const { events, rejections } = read({ actor: 'cat', action: 'hook.create', data: { events: ['fork', 'push'] } })
  assert.equal(events.length, 0)
  assert.equal(rejections.length, 1, 'the record as a whole is in no format')
})

test('a row of a table counts once with the record that it was made of', () => {
  const { actor, ...okta } = {
    ...{ uuid: 'u-1', published: '2026-06-01T08:00:00.123Z', eventType: 'app.oauth2.as.authorize' },
    ...{ actor: { id: '0oa1', type: 'PublicClientApp' }, outcome: { result: 'SUCCESS' }, transaction: { id: 't-1' } },
  }
  const row = Object.fromEntries(Object.entries(okta).map(([name, value]) => [name.toLowerCase(), value]))
  const hash = (value: unknown) => read(value).events.map(({ event }) => event.content_hash)
  const whole = hash({ ...okta, actor })
  assert.equal(whole.length, 1)
  assert.deepEqual(hash({ ...row, actor: JSON.stringify(actor), p_log_type: 'Okta.SystemLog' }), whole)
})

const databricksRow = {
  ...{ event_time: '2026-06-01T08:03:00.000Z', service_name: 'unityCatalog', action_name: 'createRecipient' },
  ...{
    request_id: 'q-1',
    user_identity: { email: '6f1c2f4e-0000-4000-8000-000000000001' },
    response: { status_code: 200 },
  },
}
const snowflakeRow = {
  ...{ query_id: 'q-1', query_type: 'SELECT', user_name: 'INVOICE_BOT', execution_status: 'SUCCESS' },
  start_time: '2026-06-01 08:00:00.158 +0000',
}
const azureRecord = {
  ...{
    time: '2026-06-01T08:02:00Z',
    resourceId: '/SUBSCRIPTIONS/S-1',
    category: 'Administrative',
    resultType: 'Success',
  },
  ...{
    operationName: 'MICROSOFT.STORAGE/STORAGEACCOUNTS/WRITE',
    identity: { claims: { appid: 'app-1', idtyp: 'app' } },
  },
}

for (const [name, text] of [
  ['nests too deep', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ['names something twice', '{"name":"one","name":"two","properties":{"allowBlobPublicAccess":true}}'],
] as const)
  test(`a text in a record that ${name} is a text: the call is judged without it`, () => {
    for (const record of [
      { ...databricksRow, request_params: text },
      { ...snowflakeRow, query_text: text },
      { ...azureRecord, properties: { requestbody: text } },
    ]) {
      const { events, rejections } = read(record)
      assert.deepEqual([events.length, rejections], [1, []])
      assert.deepEqual([events[0]?.event.argument_names, events[0]?.event.destinations], [undefined, undefined])
    }
  })
