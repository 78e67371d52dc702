import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hourMs } from '@straylight/schemas/duration'
import { assertNear } from '../../test-support/assert-near.ts'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import { explainFeature } from './explain-feature.ts'
import { windowFamily } from './window-family.ts'

/** Thirty calls two hours apart: 29 windows of 5 minutes and of an hour came to their end, each with 1,000 bytes and one call. */
const past = Array.from({ length: 30 }, (_, at) =>
  eventOf({ time: noon + 2 * at * hourMs, bytes_sent: 1_000, outcome: 'success', resource: 'r' }),
)
const world = taught(past)
const deviation = (measure: string, total: number, of = world) =>
  deviationByName(windowFamily, of.against(shapeOf({}, { passed: [{ measure, total }] })))
/** Nothing as large among 29 windows at any of the three levels: (0 + 2 × 1/2) / 31, then twice 2 / 31 of it. */
const never = -Math.log(((1 / 31) * 2 * 2) / 31 / 31)

test('a volume far above every window counts two nats an octave from the second on', () => {
  // 1,000 lies in octave 9, 64,000 in octave 15.
  assertNear(deviation('1h sent', 64_000), { window_excess: 10, window_tail: never })
  assertNear(deviation('5m sent', 2_047), { window_excess: 2, window_tail: never })
  assertNear(deviation('1h sent', 1_100), { window_tail: never })
})

test('a total that windows reach says what their share says', () => {
  const p = (29 + 2 * ((29 + 2 * ((29 + 1) / 31)) / 31)) / 31
  assertNear(deviation('1h sent', 600), { window_tail: -Math.log(p) })
})

test('each kind of total speaks for a feature of its own', () => {
  // Octaves above: 0 to 4 destructive, 1 to 6 calls, 0 to 4 refused, 1 to 5 resources.
  assertNear(deviation('5m destructive', 15), { destructive_excess: 6, window_tail: never })
  assertNear(deviation('1h events', 63), { rate_excess: 8, window_tail: never })
  assertNear(deviation('5m refused', 15), { refused_excess: 6, window_tail: never })
  assertNear(deviation('1h resources', 31), { fan_out_excess: 6, window_tail: never })
})

test('fewer than ten windows say nothing, nor does what no window holds', () => {
  const young = taught(past.slice(0, 5))
  assert.deepEqual(deviation('1h sent', 2 ** 40, young), {})
  assert.deepEqual(deviation('1h received', 2 ** 40), {})
  assert.deepEqual(deviationByName(windowFamily, world.against(shapeOf())), {})
})

test('the sentence tells the total that stands out most, with the windows it is set against', () => {
  const passed = [
    { measure: '5m sent', total: 4_000 },
    { measure: '1h sent', total: 64_000 },
    { measure: '5m destructive', total: 15 },
  ]
  const explain = (feature: string) => explainFeature(feature, world.against(shapeOf({}, { passed })))
  assert.deepEqual(explain('window_excess'), {
    expected: 'most in 29 earlier hours and 29 in its peer group: 1.0 kB sent',
    seen: '64.0 kB sent within an hour',
  })
  assert.match(explain('destructive_excess').seen, /^15 calls to delete, reset or remove within 5 minutes$/)
})
