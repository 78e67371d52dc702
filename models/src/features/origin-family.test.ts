import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNear } from '../../test-support/assert-near.ts'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { eventOf } from '../../test-support/event-of.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import { sourceNames } from '../event/source-names.ts'
import { originFamily } from './origin-family.ts'

const source = { ip: '10.1.4.7', host: 'agents-3' }
const usual = Array.from({ length: 150 }, () => eventOf({ parent_agent: 'planner', source }))
const peer = eventOf({ agent: 'peer', parent_agent: 'router', source: { host: 'laptop' } })
const world = taught([...usual, peer], ['bot', 'peer'])
const deviation = (event: Parameters<typeof shapeOf>[0]) => deviationByName(originFamily, world.against(shapeOf(event)))
/** Few new names in 151 events: each says all, but for the history of 150 being short by 50. */
const whole = 150 / 200

test('a caller or a place that neither agent nor peers know is new', () => {
  assertNear(deviation({ parent_agent: 'stranger' }), { delegation_new: whole })
  assertNear(deviation({ source: { ip: '203.0.113.9' } }), { source_new: whole })
  assertNear(deviation({ source: { ip: '10.1.4.200', host: 'laptop-evil' } }), { source_new: whole })
})

test('what agent or peers know is not new, nor is what is not said', () => {
  assert.deepEqual(deviation({ parent_agent: 'planner', source: { ip: '10.1.4.99', host: 'agents-17' } }), {})
  assert.deepEqual(deviation({ parent_agent: 'router', source: { host: 'laptop' } }), {})
  assert.deepEqual(deviation({}), {})
})

test('where new callers are daily bread one more says little', () => {
  const called = Array.from({ length: 150 }, (_, at) => eventOf({ parent_agent: `p${at}` }))
  const comparison = taught(called).against(shapeOf({ parent_agent: 'one more' }))
  assert.deepEqual(deviationByName(originFamily, comparison), {})
})

test('an address is its network, a host its kind', () => {
  assert.deepEqual(sourceNames({ ip: '10.1.4.7', host: 'Agents-3' }), ['ip:10.1.4.0/24', 'host:agents-#'])
  assert.deepEqual(sourceNames({ ip: '2001:DB8::7' }), ['ip:2001:db8:0:0::/64'])
  assert.deepEqual(sourceNames({ ip: '2001:db8:1:2:3:4:5:6' }), ['ip:2001:db8:1:2::/64'])
  assert.deepEqual(sourceNames({ ip: 'unknown' }), ['ip:unknown'])
  assert.deepEqual(sourceNames(undefined), [])
})
