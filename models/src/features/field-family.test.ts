import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { ModelArtifact } from '@straylight/schemas/model-artifact'
import fc from 'fast-check'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import type { EventShape } from '../event/event-shape.ts'
import type { SumTerm } from '../scoring/transparent-sum.ts'
import { explainFeature } from './explain-feature.ts'
import { features } from './feature.ts'
import { fieldFamily } from './field-family.ts'

// Promise 13: no date and no field left out switches anything off.

/** All that an event may leave out, as a shipper that tells everything gives it. */
const reported = {
  session: 's',
  credential: { id: 'jti:1' },
  source: { host: 'h1' },
  privilege: 'write',
  resource: 'r',
  destinations: ['a@x.example'],
  argument_names: ['to'],
  argument_values: { to: ['e:1'] },
  bytes_sent: 500,
  bytes_received: 20,
  records: 1,
  outcome: 'success',
} as const satisfies Partial<AgentEvent>
type Field = keyof typeof reported
const fields = Object.keys(reported) as Field[]
const mail = { system: 'mail', action: 'send' }
const calls = (count: number, changes: Partial<AgentEvent> = {}) =>
  Array.from({ length: count }, (_, at) => eventOf({ ...mail, ...reported, time: noon + at * 1_000, ...changes }))
const without = (field: Field): Partial<AgentEvent> => {
  const { [field]: _gone, ...rest } = reported
  return { ...mail, ...rest }
}
const missing = (world: ReturnType<typeof taught>, event: Partial<AgentEvent>, changes: Partial<EventShape> = {}) =>
  deviationByName(fieldFamily, world.against(shapeOf(event, { flows: [], ...changes }))).field_missing ?? 0

const world = taught(calls(1_240))

test('each field that an agent always tells is missed when it is left out', () => {
  assert.equal(missing(world, { ...mail, ...reported }), 0)
  for (const field of fields) assert.ok(missing(world, without(field)) > 8, field)
})

test('the sentence says how many calls had it', () => {
  assert.deepEqual(explainFeature('field_missing', world.against(shapeOf(without('bytes_sent')))), {
    expected: '1,240 of 1,240 earlier mail/send calls of this agent had it',
    seen: 'no bytes_sent',
  })
  assert.equal(
    explainFeature('field_missing', world.against(shapeOf(without('session')))).expected,
    '1,240 of 1,240 earlier events of this agent had it',
  )
})

test('a date that takes an event out of its order is missed like a field', () => {
  const late = shapeOf(
    { ...mail, ...reported },
    { told_fields: shapeOf({ ...mail, ...reported }).told_fields & ~16, late: true },
  )
  const comparison = world.against(late)
  assert.ok((deviationByName(fieldFamily, comparison).field_missing ?? 0) > 8)
  assert.match(explainFeature('field_missing', comparison).seen, /^no place in sequence/)
})

test('what is left out now and then, never reported, or not reported by other steps is not missed', () => {
  const sometimes = taught([...calls(950), ...calls(50, { bytes_sent: undefined, credential: undefined })])
  assert.equal(missing(sometimes, without('bytes_sent')), 0)
  assert.equal(missing(sometimes, without('credential')), 0)
  const never = taught(calls(1_000, { records: undefined, source: undefined }))
  assert.equal(missing(never, without('records')), 0)
  assert.equal(missing(never, without('source')), 0)
  // What one step always tells is nothing that another one leaves out.
  const reads = Array.from({ length: 500 }, () =>
    eventOf({ ...reported, bytes_sent: undefined, destinations: undefined }),
  )
  const both = taught([...calls(500), ...reads])
  const { bytes_sent: _sent, destinations: _destinations, ...read } = reported
  assert.equal(missing(both, read), 0)
  assert.ok(missing(both, without('destinations')) > 6)
})

test('of calls that did not succeed nothing of what comes back is missed', () => {
  const { bytes_received: _received, records: _records, ...rest } = reported
  for (const outcome of ['failure', 'denied'] as const) assert.equal(missing(world, { ...mail, ...rest, outcome }), 0)
})

test('a little history misses nothing; peers speak for an agent that is new among them', () => {
  assert.equal(missing(taught(calls(40)), without('session')), 0)
  const peers = taught(calls(500, { agent: 'peer' }), ['bot', 'peer'])
  assert.ok(missing(peers, without('session')) > 3)
  // Who never reported it is not asked for it, whatever peers do.
  const own = taught([...calls(500, { agent: 'peer' }), ...calls(60, { session: undefined })], ['bot', 'peer'])
  assert.equal(missing(own, without('session')), 0)
})

test('a shipper that stops sending a field is reported for a while, and then it is the usual', () => {
  const history = calls(1_000)
  const nats: number[] = []
  for (let at = 0; at <= 30; at += 10) {
    const after = taught([...history, ...calls(at, { bytes_sent: undefined })])
    nats.push(missing(after, without('bytes_sent')))
  }
  assert.ok(
    nats.every((value, at) => at === 0 || value < (nats[at - 1] ?? 0)),
    nats.join(),
  )
  assert.equal(nats.at(-1), 0)
})

test('leaving out more never lowers it', () => {
  assert.equal(features.find(({ name }) => name === 'field_missing')?.kind, 'surprise')
  const some = fc.uniqueArray(fc.constantFrom(...fields))
  fc.assert(
    fc.property(some, some, (first, more) => {
      const leaving = (names: readonly Field[]) =>
        missing(
          world,
          Object.fromEntries(
            Object.entries({ ...mail, ...reported }).filter(([name]) => !names.includes(name as Field)),
          ),
        )
      // Whether a call succeeded is known by its outcome: what came back is asked for by it.
      assert.ok(leaving([...first, ...more]) >= leaving(first))
    }),
  )
})

test('a whole fleet whose shipper stops sending a field is reported softly: it alone quarantines nothing', async () => {
  const path = new URL('../../artifacts/default.json', import.meta.url)
  const { sum, without_provenance, hold_level } = ModelArtifact.parse(JSON.parse(await readFile(path, 'utf8')))
  const most = (terms: readonly SumTerm[]) =>
    terms.filter(({ feature }) => feature === 'field_missing').reduce((all, { weight, cap }) => all + weight * cap, 0)
  assert.deepEqual([most(sum), most(without_provenance?.sum ?? [])], [5, 8])
  assert.ok(
    most(sum) < hold_level / 3 && most(without_provenance?.sum ?? []) < (without_provenance?.hold_level ?? 0) / 3,
  )
})
