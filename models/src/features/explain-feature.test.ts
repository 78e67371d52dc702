import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs } from '@straylight/schemas/duration'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { hasher, originDay, shapeOf, taught } from '../../test-support/taught.ts'
import { dayOf, dayWeight } from '../profile/day-weight.ts'
import { defaultSum, sumWithoutProvenance } from '../scoring/transparent-sum.ts'
import { Comparison } from './comparison.ts'
import { bytesText } from './counts-in-words.ts'
import { strangestDestination } from './destination-family.ts'
import { explainFeature, explainFeatures, featureTitle } from './explain-feature.ts'
import { featureNames, features } from './feature.ts'
import { strangestPrivilege } from './privilege-family.ts'

const history = Array.from({ length: 1_200 }, (_, at) =>
  eventOf({ session: `s${at % 40}`, destinations: ['a@x.example'], privilege: 'read', time: noon + at * 60_000 }),
)
const world = taught([...history, eventOf({ agent: 'peer', destinations: ['b@x.example'] })], ['bot', 'peer'])

test('amounts of bytes read as people write them', () => {
  const texts = [0, 999, 1_000, 48_211, 123_456, 5_000_000, 2 ** 50].map(bytesText)
  assert.deepEqual(texts, ['0 B', '999 B', '1.0 kB', '48.2 kB', '123 kB', '5.0 MB', '1.1 PB'])
})

test('counts come with their total, their time and the peers that know', () => {
  const of = (destination: string) =>
    explainFeature('destination_surprise', world.against(shapeOf({ destinations: [destination] })))
  assert.deepEqual(of('a@x.example'), {
    expected: '1,200 of 1,200 destinations over 1 day, and not at its only peer',
    seen: 'a@x.example',
  })
  assert.equal(of('b@x.example').expected, 'never among 1,200 destinations over 1 day, but at its only peer')
})

test('counts that fade with age say so, and what never happened did so in all events', () => {
  const days = 90
  const old = taught(
    Array.from({ length: days }, (_, at) =>
      eventOf({ session: `s${at}`, destinations: ['a@x.example'], time: noon + at * dayMs }),
    ),
  )
  const explained = (feature: string, event: Partial<AgentEvent>) => {
    const shape = shapeOf({ time: noon + days * dayMs, ...event })
    const scale = 1 / dayWeight(dayOf(noon + days * dayMs), originDay)
    const { profile, peers, tenant } = old
    return explainFeature(feature, new Comparison({ shape, profile, peers, tenant, scale, hasher })).expected
  }
  assert.match(explained('system_new', { system: 'vault' }), /^never in 90 events over 89 days/)
  assert.match(
    explained('destination_surprise', { destinations: ['b@x.example'] }),
    /^never among (?!90)\d\d destinations over 89 days, older ones counted in part/,
  )
})

test('one earlier thing is said in the singular', () => {
  const once = taught([eventOf({ destinations: ['a@x.example'] })])
  const of = (destination: string) =>
    explainFeature('destination_surprise', once.against(shapeOf({ destinations: [destination] }))).expected
  assert.equal(of('a@x.example'), '1 of 1 destination over 1 day')
  assert.equal(of('b@x.example'), 'never among 1 destination over 1 day')
})

test('a newcomer is not counted among its peers', () => {
  const newcomer = taught([eventOf({ agent: 'peer', destinations: ['b@x.example'] })], ['bot', 'peer'])
  const comparison = newcomer.against(shapeOf({ destinations: ['b@x.example'] }))
  assert.match(explainFeature('destination_surprise', comparison).expected, /, but at its only peer$/)
})

test('order reads as a sequence, without what was before the session', () => {
  const seen = (previous_step_2: string, previous_step: string) =>
    explainFeature('order_surprise', world.against(shapeOf({ action: 'drop' }, { previous_step, previous_step_2 })))
      .seen
  assert.equal(seen('^', '^'), 'erp/drop first in its session')
  assert.equal(seen('^', 'erp/read'), 'erp/drop right after erp/read')
  assert.equal(seen('erp/list', 'erp/read'), 'erp/drop right after erp/list and erp/read')
})

test('of two session totals the one that stands out is reported', () => {
  const past = Array.from({ length: 12 }, (_, at) =>
    eventOf({ session: `t${at}`, bytes_sent: 100, bytes_received: 100 }),
  )
  const shape = shapeOf({}, { session_bytes_sent: 100_000, session_bytes_received: 100 })
  assert.match(
    explainFeature('session_excess', taught(past).against(shape)).expected,
    /^most sent of 12 earlier session totals and 12 in its peer group: 110 B$/,
  )
})

test('the strangest of several leads', () => {
  const shape = shapeOf({
    destinations: ['a@x.example', 'b@x.example', 'c@evil.example'],
    privilege: 'read',
    credential: { id: 'c', scopes: ['erp.admin'] },
  })
  assert.equal(strangestDestination(world.against(shape))?.key, 'c@evil.example')
  assert.equal(strangestPrivilege(world.against(shape)), 'scope:erp.admin')
  assert.equal(strangestDestination(world.against(shapeOf())), undefined)
  assert.equal(strangestPrivilege(world.against(shapeOf())), undefined)
})

test('every term of the sum has a title and an explanation of its own; no feature is without words', () => {
  const comparison = world.against(shapeOf({ bytes_sent: 5, destinations: ['a@x.example'], argument_names: [] }))
  for (const { feature } of [...defaultSum, ...sumWithoutProvenance]) {
    assert.doesNotMatch(featureTitle(feature), /_/)
    assert.notEqual(featureTitle(feature), feature.replaceAll('_', ' '), feature)
    assert.notEqual(explainFeature(feature, comparison).expected, 'no sentence tells this feature', feature)
  }
  for (const { name } of features) {
    const { expected, seen } = explainFeature(name, comparison)
    assert.ok(expected.length > 0 && seen.length > 0, name)
    assert.ok(featureTitle(name).length > 0)
  }
})

test('features of one event are reported together in the words that each is reported in alone', () => {
  const world = taught([eventOf({ destinations: ['a@x.example'], bytes_sent: 3 })])
  const comparison = world.against(shapeOf({ bytes_sent: 5_000, destinations: ['b@x.example', 'c.txt'] }))
  const names = [...featureNames, 'network']
  const together = explainFeatures(names, comparison)
  assert.deepEqual(
    [...together],
    names.map((name) => [name, explainFeature(name, comparison)]),
  )
})
