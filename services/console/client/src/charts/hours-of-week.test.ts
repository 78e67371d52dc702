import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hoursOfWeek, hourText, localHours } from './hours-of-week.ts'

const counted = (hour: number): number[] => Array.from({ length: hoursOfWeek }, (_, at) => (at === hour ? 7 : 0))

test('an hour of UTC stands at the hour of the reader, over the ends of days and weeks', () => {
  const shown = (utc: number, offsetMinutes: number) => localHours(counted(utc), offsetMinutes).indexOf(7)
  assert.equal(shown(8, 0), 8)
  assert.equal(shown(8, 120), 10)
  assert.equal(shown(167, 60), 0, 'Sunday 23:00 UTC is Monday 00:00 an hour ahead')
  assert.equal(shown(0, -300), 163, 'Monday 00:00 UTC is Sunday 19:00 five hours behind')
  assert.equal(shown(8, 330), 14, 'half hours are rounded')
})

test('wherever the reader is, no event is lost, and the way back leads to UTC', () => {
  const week = Array.from({ length: hoursOfWeek }, (_, hour) => hour)
  for (let offset = -12; offset <= 14; offset++) {
    const shown = localHours(week, 60 * offset)
    assert.equal(new Set(shown).size, hoursOfWeek)
    assert.deepEqual(localHours(shown, -60 * offset), week)
  }
})

test('an hour is shown on the reader’s clock, with UTC beside it', () => {
  assert.equal(hourText(9, 0), 'Mon 09:00 UTC')
  assert.equal(hourText(9, 2), 'Mon 09:00 (07:00 UTC)')
  assert.equal(hourText(0, 1), 'Mon 00:00 (Sun 23:00 UTC)')
  assert.equal(hourText(167, -5), 'Sun 23:00 (Mon 04:00 UTC)')
})
