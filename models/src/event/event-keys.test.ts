import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { noon } from '../../test-support/event-of.ts'
import { profileKeys } from '../../test-support/profile-keys.ts'
import { randomEvent } from '../../test-support/random-event.ts'
import { hasher, shapeOf } from '../../test-support/taught.ts'
import { type Family, familyNames, keyText } from '../profile/profile-key.ts'
import { ProfileKeyHasher } from '../profile/profile-key-hasher.ts'
import { eventKeys, hashedKeys } from './event-keys.ts'

test('an event counts under what it tells, and under nothing that it does not', () => {
  const bare = profileKeys(shapeOf())
  assert.deepEqual(
    bare.map(({ family, context, x }) => [family, context, x]),
    [
      ['system', '', 'erp'],
      ['step', '', 'erp/read'],
      ['bigram', '^', 'erp/read'],
      ['trigram', '^\u001f^', 'erp/read'],
      ['sessionSent', '', '0'],
      ['sessionReceived', '', '0'],
      ['timeOfWeek', '', 'weekday 12'],
      ['reported', '', 'order'],
    ],
  )
  const late = profileKeys(shapeOf({}, { late: true, told_fields: 0 }))
  assert.deepEqual(
    late.map(({ family }) => family),
    ['system', 'step', 'sessionSent', 'sessionReceived', 'timeOfWeek'],
  )
})

test('a full event counts under every family', () => {
  const keys = profileKeys(
    shapeOf(
      {
        destinations: ['x@a.example', 'notes.txt'],
        argument_names: ['to', 'body'],
        bytes_sent: 0,
        bytes_received: 7,
        records: 1,
        outcome: 'success',
        privilege: 'write',
        credential: { id: 'c', scopes: ['erp.read'], issued_at: noon - 7_200_000 },
        parent_agent: 'planner',
        source: { ip: '10.0.0.1' },
        signals: { injection: 0.5 },
        argument_values: { to: ['e:1'] },
        result_values: ['n:2'],
      },
      {
        closed: [{ measure: '1h sent', total: 1_000 }],
        flows: [{ value: 0, argument: 'to', kind: 'e', source: 'files/read', root: 'requested', call: 3 }],
        values: [{ argument: 'to', value: 'e:1' }],
      },
    ),
  )
  assert.deepEqual(new Set(keys.map(({ family }) => family)), new Set(familyNames))
  const reported = (family: string) =>
    keys.filter((key) => key.family === family).map(({ context, x }) => `${context}:${x}`)
  assert.deepEqual(reported('external'), [':x@a.example'])
  assert.deepEqual(reported('anyKind'), [':mail:a.example', ':file:txt'])
  assert.deepEqual(reported('sent'), ['erp/read:0'])
  assert.deepEqual(reported('received'), ['erp/read:12'])
  assert.deepEqual(reported('arguments'), ['erp/read:body,to'])
  assert.deepEqual(reported('flow'), ['erp/read\u001fto:files/read'])
  assert.deepEqual(reported('flowRoot'), ['erp/read\u001fto:files/read\u001frequested'])
  assert.deepEqual(reported('feeding'), ['e:files/read\u001ferp/read'])
  assert.deepEqual(reported('value'), ['erp/read\u001fto:e:1'])
  assert.deepEqual(reported('privilege'), [':privilege:write', ':scope:erp.read'])
  assert.deepEqual(reported('window'), ['1h sent:9'])
  assert.deepEqual(reported('credentialAge'), [':1'])
  assert.deepEqual(reported('signal'), ['erp/read\u001finjection:10'])
  const fields = [':credential', ':source', ':privilege', ':order', 'destinations:erp/read', 'argument_values:erp/read']
  assert.deepEqual(reported('reported'), fields)
})

test('a key is the hash of its text, and what features ask of is what is counted', () => {
  fc.assert(
    fc.property(randomEvent, (event) => {
      const shape = shapeOf(event)
      const { counted, ...keys } = eventKeys(hasher, shape)
      for (const { of, x, key } of counted)
        assert.equal(key, hasher.hash(keyText(familyNames[of.family] as Family, of.context, x)))
      const asked = [keys.system, keys.step.own, keys.bigram, keys.trigram, keys.arguments, keys.sent, keys.received]
      const places = keys.destinations.flatMap(({ destination, anyDestination, kind, anyKind, external }) => [
        ...[destination, anyDestination, kind, anyKind, external],
      ])
      const ways = keys.flows.flatMap(({ flow, flowRoot, flowKind, feeding }) => [flow, flowRoot, flowKind, feeding])
      for (const key of [...asked, keys.time, ...places, ...ways, ...keys.values])
        assert.ok(key === null || counted.includes(key), key?.x)
    }),
  )
})

test('keys of a step are the same when its name comes again, and right when the memory had to start anew', () => {
  const small = new ProfileKeyHasher('0f'.repeat(16))
  const shape = shapeOf({ destinations: ['a@x.example'], argument_values: { to: ['e:1'] } })
  const before = eventKeys(small, shape)
  assert.equal(eventKeys(small, shape).step, before.step)
  assert.deepEqual(eventKeys(small, shape), before)
  for (let at = 0; at < 200_001; at++) small.makeRoom()
  const after = eventKeys(small, shape)
  assert.notEqual(after.step, before.step)
  assert.deepEqual(
    after.counted.map(({ key }) => key),
    hashedKeys(new ProfileKeyHasher('0f'.repeat(16)), shape).map(({ key }) => key),
  )
})

test('a place that is written like a host and like a file is each of its own kind', () => {
  const kinds = (destination: string) =>
    profileKeys(shapeOf({ destinations: [destination] })).flatMap(({ family, x }) => (family === 'kind' ? [x] : []))
  assert.deepEqual(kinds('https://run.py'), ['host:run.py'])
  assert.deepEqual(kinds('run.py'), ['file:py'])
  assert.deepEqual(kinds('https://run.py'), ['host:run.py'])
})

test('values that take the same way count it once', () => {
  const flow = { argument: 'to', kind: 'e', source: 'files/read', root: 'requested', call: 1 } as const
  const keys = profileKeys(
    shapeOf(
      {},
      {
        flows: [
          { ...flow, value: 0 },
          { ...flow, value: 1 },
        ],
        values: [
          { argument: 'to', value: 'e:1' },
          { argument: 'to', value: 'e:1' },
        ],
      },
    ),
  )
  for (const family of ['flow', 'flowRoot', 'flowKind', 'feeding', 'value'])
    assert.equal(keys.filter((key) => key.family === family).length, 1, family)
})
