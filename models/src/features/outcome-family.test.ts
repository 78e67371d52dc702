import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNear } from '../../test-support/assert-near.ts'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { eventOf } from '../../test-support/event-of.ts'
import { pitmanYor } from '../../test-support/pitman-yor.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import { outcomeFamily } from './outcome-family.ts'

const outcomes = ['success', 'success', 'success', 'failure'] as const
const world = taught(outcomes.map((outcome) => eventOf({ outcome })))
const deviation = (outcome?: (typeof outcomes)[number] | 'denied') =>
  deviationByName(outcomeFamily, world.against(shapeOf(outcome && { outcome })))

test('a failure surprises by the share of failures of its step', () => {
  const p = pitmanYor(4, 1, 2, pitmanYor(4, 1, 2, pitmanYor(4, 1, 2, 0.1)))
  assertNear(deviation('failure'), { failed: 1, outcome_surprise: -Math.log(p) })
})

test("success, silence and another guard's refusal say nothing", () => {
  assert.deepEqual([deviation('success'), deviation('denied'), deviation()], [{}, {}, {}])
})
