import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNear } from '../../test-support/assert-near.ts'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { eventOf } from '../../test-support/event-of.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import { explainFeature } from './explain-feature.ts'
import { signalFamily } from './signal-family.ts'

const world = taught(Array.from({ length: 18 }, () => eventOf({ signals: { injection: 0.07 } })))
const deviation = (signals: Record<string, number>, action = 'read') =>
  deviationByName(signalFamily, world.against(shapeOf({ signals, action })))

test('a guard that says more than it ever did here surprises', () => {
  // Level 18 of 20: 3 of 21 levels are as high. 18 known at each of three levels, each with two of the one before.
  const p = [1, 2, 3].reduce((base) => (2 * base) / 20, 3 / 21)
  assertNear(deviation({ injection: 0.93 }), { signal_tail: -Math.log(p) })
  assert.deepEqual(explainFeature('signal_tail', world.against(shapeOf({ signals: { leak: 0, injection: 0.93 } }))), {
    expected: 'highest in 18 earlier calls of erp/read and 18 in its peer group: 0.05',
    seen: 'injection reports 0.90',
  })
})

test('what a guard always says here is no news; elsewhere its own number is believed', () => {
  const p = [1, 2, 3].reduce((base) => (18 + 2 * base) / 20, 20 / 21)
  assertNear(deviation({ injection: 0.05 }), { signal_tail: -Math.log(p) })
  assertNear(deviation({ injection: 0.93 }, 'write'), { signal_tail: -Math.log(3 / 21) })
})

test('of several guards the rarest word counts; without any the feature is off', () => {
  assert.deepEqual(deviation({ a: 0.2, injection: 0.93 }), deviation({ injection: 0.93 }))
  assert.deepEqual(deviation({}), {})
})
