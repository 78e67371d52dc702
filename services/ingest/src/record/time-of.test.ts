import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { timeOf } from './time-of.ts'

test('what is read by its digits is what the rule says of its text', () => {
  const two = fc
    .oneof(fc.integer({ min: 0, max: 24 }), fc.integer({ min: 0, max: 99 }))
    .map((number) => String(number).padStart(2, '0'))
  const year = fc.integer({ min: 0, max: 9999 }).map((number) => String(number).padStart(4, '0'))
  const fraction = fc.constantFrom(
    '',
    '.1',
    '.123',
    '.999',
    '.1234',
    '.9999999',
    '.123456789',
    '.1234567891',
    '.x23',
    ',123',
  )
  const zone = fc.constantFrom('Z', 'z', '+00:00', '')
  fc.assert(
    fc.property(year, fc.array(two, { minLength: 5, maxLength: 5 }), fraction, zone, (years, parts, rest, end) => {
      const [month, day, hour, minute, second] = parts
      const text = `${years}-${month}-${day}T${hour}:${minute}:${second}${rest}`
      // With a zone of no minutes it is never read by its digits, and means the same moment.
      const slowly = end === 'Z' ? timeOf(`${text}+00:00`) : end === '+00:00' ? timeOf(`${text}Z`) : null
      assert.equal(timeOf(`${text}${end}`), slowly)
    }),
    { numRuns: 2_000 },
  )
})

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
