import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { timeOf } from './time-of.ts'

test('every moment comes back from its ISO form, in any zone', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }), (date) => {
      assert.equal(timeOf(date.toISOString()), date.getTime())
      const shifted = new Date(date.getTime() + 330 * 60_000).toISOString().replace('Z', '+05:30')
      assert.equal(timeOf(shifted), date.getTime())
    }),
  )
})

test('29 February is a day of leap years only', () => {
  const isDay = (year: number) => timeOf(`${year}-02-29T00:00:00Z`) !== null
  assert.deepEqual([2000, 2023, 2024, 2100].map(isDay), [true, false, true, false])
})

for (const text of [
  '2026-11-22',
  '2026-11-22T10:00:00',
  '2026-11-22 10:00:00Z',
  '2026-11-22T24:00:00Z',
  '2026-11-22T10:00Z',
  '2026-11-22T10:60:00Z',
  '2026-00-10T10:00:00Z',
  '2026-04-31T10:00:00Z',
  '2026-11-22T10:00:00+24:00',
  '1790000000',
  '',
]) {
  test(`"${text}" is no moment`, () => assert.equal(timeOf(text), null))
}
