import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import { assertNear } from '../../test-support/assert-near.ts'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { pitmanYor } from '../../test-support/pitman-yor.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import { timeOfWeek } from '../event/time-of-week.ts'
import { timeFamily } from './time-family.ts'

/** 2026-11-23 is a Monday. */
const monday = Date.UTC(2026, 10, 23)

test('the part of the week is that of UTC, three hours of a weekday or of a weekend', () => {
  assert.equal(timeOfWeek(monday), 'weekday 00')
  assert.equal(timeOfWeek(monday + 11 * hourMs + 3_599_999), 'weekday 09')
  assert.equal(timeOfWeek(monday + 12 * hourMs), 'weekday 12')
  assert.equal(timeOfWeek(monday - 1), 'weekend 21')
  assert.equal(timeOfWeek(monday + 4.99 * dayMs), 'weekday 21')
  assert.equal(timeOfWeek(monday + 5 * dayMs), 'weekend 00')
})

const nineToFive = (days: number) => Array.from({ length: days }, (_, at) => eventOf({ time: noon + at * dayMs }))
const deviation = (days: number, time: number) =>
  deviationByName(timeFamily, taught(nineToFive(days)).against(shapeOf({ time })))

test('a time never worked surprises by how little it was seen, beyond what an agent without hours would', () => {
  // 29 days at noon: two parts of the week are known.
  const p = pitmanYor(29, 0, 2, pitmanYor(29, 0, 2, 1 / 16))
  assertNear(deviation(29, noon + 28 * dayMs + 9 * hourMs), {
    time_surprise: (Math.max(0, -Math.log(p) - Math.log(16)) * 29) / (29 + 200),
  })
})

test('usual hours say nothing, and nothing says anything before a weekend was seen', () => {
  assert.deepEqual(deviation(29, noon + 7 * dayMs), {})
  assert.deepEqual(deviation(5, noon + 9 * hourMs), {})
})
