import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NativeEvent } from '@straylight/schemas/native-event'
import fc from 'fast-check'
import { nativeEvent } from '../../test-support/audit-record.ts'
import { isFault } from './format.ts'
import { readNative } from './native.ts'

const whole = {
  ...nativeEvent,
  tenant: 'acme',
  owner: 'dana@acme.example',
  session: 'run-81',
  trace: '4bf9',
  parent_agent: 'planner',
  credential: {
    id: 'jti:9c1e',
    issued_at: '2026-11-22T09:00:00Z',
    expires_at: '2026-11-22T11:00:00+01:00',
    scopes: ['erp.read'],
  },
  privilege: 'read',
  tool: 'erp.export',
  resource: 'ledger/2026-10',
  destinations: ['sftp://files.acme.example'],
  argument_names: ['month', 'format'],
  bytes_sent: 212,
  bytes_received: 48_211,
  records: 310,
  outcome: 'success',
  source: { ip: '10.1.4.7', host: 'agents-3' },
  argument_values: { to: ['u:9f31c0de'] },
  result_values: ['a:51d2e0aa', 'e:77ab01c2'],
  request_values: ['n:41d0aa10'],
  context_values: [],
  signals: { prompt_injection: 0.07 },
}

/** What the schema says, without the fields left open. */
const bySchema = (value: unknown) => {
  const { success, data, error } = NativeEvent.safeParse(value)
  return success ? JSON.parse(JSON.stringify(data, dropNull)) : error.issues.map((issue) => issue.path[0])
}
const dropNull = (_name: string, value: unknown) => (value === null ? undefined : value)

test('every field of the native form is read as it stands', () => {
  const read = JSON.parse(JSON.stringify(readNative(whole)))
  assert.deepEqual(read, {
    ...whole,
    time: Date.UTC(2026, 10, 22, 10),
    credential: {
      ...whole.credential,
      issued_at: Date.UTC(2026, 10, 22, 9),
      expires_at: Date.UTC(2026, 10, 22, 10),
    },
  })
})

test('absent and null are unknown, and never zero', () => {
  const read = readNative({ ...nativeEvent, bytes_sent: null, credential: null, destinations: null })
  assert.ok(!isFault(read))
  assert.equal(read.bytes_sent, undefined)
  assert.equal(read.bytes_received, undefined)
  assert.equal(read.credential, undefined)
  assert.equal(read.destinations, undefined)
})

test('unknown fields are no fault, not even one that names a prototype', () => {
  const value = JSON.parse('{"__proto__":{"bytes_sent":7},"constructor":1,"extra":{"a":[1]}}')
  const read = readNative({ ...nativeEvent, ...value })
  assert.ok(!isFault(read))
  assert.equal(read.bytes_sent, undefined)
})

const faults: [string, unknown, string][] = [
  ['id', 7, 'id'],
  ['time', 1_700_000_000_000, 'time'],
  ['time', '2026-02-30T10:00:00Z', 'time'],
  ['time', '2026-11-22T10:00:00', 'time'],
  ['agent', '', 'agent'],
  ['agent', 'a\u0000b', 'agent'],
  ['agent', 'del\u007f', 'agent'],
  ['agent', 'c1\u009f', 'agent'],
  ['agent', 'half \ud800 a pair', 'agent'],
  ['tenant', 'a|b', 'tenant'],
  ['bytes_sent', '212', 'bytes_sent'],
  ['bytes_sent', -1, 'bytes_sent'],
  ['bytes_sent', 1.5, 'bytes_sent'],
  ['bytes_received', 2 ** 50 + 1, 'bytes_received'],
  ['bytes_received', 1e308, 'bytes_received'],
  ['outcome', 'ok', 'outcome'],
  ['credential', 'jti', 'credential'],
  ['credential', { issued_at: '2026-11-22T09:00:00Z' }, 'credential.id'],
  ['credential', { id: 'jti', issued_at: 'yesterday' }, 'credential.issued_at'],
  ['source', { ip: 4 }, 'source.ip'],
  ['signals', { injection: 2 }, 'signals.injection'],
  ['signals', [0.5], 'signals'],
  ['action', 7, 'action'],
  ['records', '310', 'records'],
]
for (const [field, value, path] of faults) {
  test(`a mistyped field rejects the event with its path: ${field} = ${JSON.stringify(value).slice(0, 60)}`, () => {
    const read = readNative({ ...whole, [field]: value })
    assert.ok(isFault(read), 'was read as if nothing were wrong')
    assert.equal(read.path, path)
    assert.ok(read.reason.startsWith(`${path}: `), read.reason)
  })
}

for (const time of [
  '2099-12-31T23:59Z',
  '1999-12-31T23:59:59Z',
  '2024-02-29T00:00:00.1234+05:30',
  '2023-02-29T00:00:00Z',
]) {
  test(`the fast reader and the schema agree on the time ${time}`, () => {
    const value = { ...whole, time }
    const read = readNative(value)
    assert.deepEqual(isFault(read) ? [read.path] : JSON.parse(JSON.stringify(read)), bySchema(value))
  })
}

test('the fast reader and the schema agree on any value in any field', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.constantFrom(
      'success',
      'denied',
      '',
      'k:1234',
      '2026-11-22T10:00:00Z',
      '1970-01-01T00:00:00Z',
      '\ud800',
      'x|y',
      'a\u007f',
      'a\u00a0',
    ),
    fc.constantFrom('😀a', '😀'.repeat(80), '😀'.repeat(512), '😀'.repeat(513), '😀'.repeat(2048)),
    fc.constantFrom('x'.repeat(81), 'x'.repeat(513), 'x'.repeat(2049), '2099-12-31T23:59Z', '2026-13-01T00:00:00Z'),
    fc.constantFrom('2024-02-29T00:00:00.1234+05:30', '2023-02-29T00:00:00Z', '2026-01-01T24:00:00Z'),
  )
  const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, 0.5, 1, 2 ** 50, 2 ** 50 + 2))
  const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null), fc.constant(undefined))
  const some = fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 3 }),
    fc.constantFrom(Array(65).fill('abc'), Array(257).fill('abc')),
    fc.dictionary(
      fc.constantFrom('id', 'issued_at', 'scopes', 'ip', 'host', 'to', '', 'a\n'),
      fc.oneof(scalar, fc.array(scalar)),
    ),
  )
  const patch = fc.dictionary(fc.constantFrom(...Object.keys(whole)), some, { maxKeys: 3 })
  fc.assert(
    fc.property(patch, (changed) => {
      const value = { ...whole, ...changed }
      const read = readNative(value)
      const expected = bySchema(value)
      if (isFault(read))
        assert.ok(
          expected.includes?.(read.path?.split('.')[0]),
          `${read.reason}, the schema: ${JSON.stringify(expected)}`,
        )
      else assert.deepEqual(JSON.parse(JSON.stringify(read)), expected)
    }),
    { numRuns: 5_000 },
  )
})

test('what the agent chose is brought into its bounds, so that no call hides by a wild name', () => {
  const wild = {
    ...nativeEvent,
    destinations: [
      'mallory@x.example\r\nBcc: y',
      '',
      'x'.repeat(5000),
      ...Array.from({ length: 80 }, (_, at) => `d${at}`),
    ],
    argument_names: ['to', '', 'a\u0000b'],
    result_values: Array.from({ length: 300 }, (_, at) => `a:${at}00`),
  }
  const read = readNative(wild)
  assert.ok(!('reason' in read))
  assert.equal(read.destinations?.[0], 'mallory@x.example Bcc: y')
  assert.equal(read.destinations?.length, 64)
  assert.equal(read.destinations?.[1]?.length, 2048)
  assert.deepEqual(read.argument_names, ['to', 'a b'])
  assert.equal(read.result_values?.length, 256)
  assert.equal(NativeEvent.safeParse(wild).success, true)
})

// Promise 10: no type of what the acting agent chose hides its call.

const wrongTypes: readonly unknown[] = [
  7,
  1e308,
  true,
  {},
  { length: 3, toString: 1 },
  [],
  [[]],
  [null],
  [7, 'u:9f31'],
  'x',
]
for (const field of ['tool', 'session', 'trace', 'privilege', 'resource', 'destinations', 'argument_names'])
  test(`no type of what the agent chose hides its call: ${field}`, () => {
    for (const value of wrongTypes) {
      const read = readNative({ ...whole, [field]: value })
      assert.ok(!isFault(read), `${JSON.stringify(value)} rejects the event`)
      assert.equal(read.bytes_sent, whole.bytes_sent, 'all else is read')
    }
    assert.deepEqual(read(field, {}).dropped_fields, [field])
    assert.equal(read(field, null).dropped_fields, undefined, 'null is unknown and no wrong type')
  })

const read = (field: string, value: unknown) => {
  const event = readNative({ ...whole, [field]: value })
  return isFault(event) ? assert.fail(event.reason) : event
}

test('a text of a wrong type is left out and named, so that it can be missed', () => {
  const { session, resource, privilege, tool, dropped_fields } = read('session', 81)
  assert.deepEqual([session, resource, privilege, tool], [undefined, 'ledger/2026-10', 'read', 'erp.export'])
  assert.deepEqual(dropped_fields, ['session'])
})

test('in a list something stands for what cannot be read, by its type and never by its content', () => {
  assert.deepEqual(read('destinations', ['fine', 7, 8, {}]).destinations, ['fine', 'more…#number', 'more…#object'])
  assert.deepEqual(read('destinations', 'a@b.example').destinations, ['a@b.example'], 'a single text is a list of it')
  assert.equal(read('destinations', 'a@b.example').dropped_fields, undefined)
  assert.deepEqual(read('destinations', 4242).destinations, ['more…#number'])
  assert.deepEqual(read('argument_names', ['a', null]).argument_names, ['a', 'more…#null'])
  const { credential, dropped_fields } = read('credential', { id: 'jti', scopes: [1] })
  assert.deepEqual([credential?.scopes, dropped_fields], [['more…#number'], ['credential.scopes']])
})

test('an argument of which only the name can be read has a value all the same, and no text comes in unhashed', () => {
  const given = { to: null, cc: 4242, bcc: 'eve@x.example', subject: ['n:12', 'x', 7], body: [], file: { length: 1 } }
  const { argument_values, dropped_fields } = read('argument_values', given)
  assert.deepEqual(argument_values, {
    to: ['more:null'],
    cc: ['more:number'],
    bcc: ['more:text'],
    subject: ['n:12', 'more:text', 'more:number'],
    body: [],
    file: ['more:object'],
  })
  assert.deepEqual(dropped_fields, ['argument_values'])
  for (const value of [7, ['u:1'], 'u:123']) {
    assert.equal(read('argument_values', value).argument_values, undefined)
    assert.deepEqual(read('argument_values', value).dropped_fields, ['argument_values'])
  }
  for (const field of ['result_values', 'request_values', 'context_values'] as const) {
    assert.deepEqual(read(field, 'e:1234')[field], ['more:text'])
    assert.deepEqual(read(field, ['e:1234', null])[field], ['e:1234', 'more:null'])
  }
})

test('a guard that fails on what it reads says null, which is unknown', () => {
  const { signals, dropped_fields } = read('signals', { leak: null, prompt_injection: 0.5 })
  assert.deepEqual([signals, dropped_fields], [{ prompt_injection: 0.5 }, undefined])
})

test('what a sender says of dropped fields is not believed', () => {
  assert.equal(read('dropped_fields', ['session', 'x'.repeat(5000)]).dropped_fields, undefined)
  assert.deepEqual(readNative({ ...nativeEvent, tool: 7, dropped_fields: 'none' }), {
    ...readNative(nativeEvent),
    tool: undefined,
    dropped_fields: ['tool'],
  })
})
