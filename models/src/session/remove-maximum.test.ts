import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addMaximum, type Maxima } from '../profile/profile.ts'
import { removeMaximum } from './remove-maximum.ts'

const maximaOf = (values: readonly number[]): Maxima => {
  const maxima = { sessions: 0, mean: 0, squares: 0 }
  for (const value of values) addMaximum(maxima, value)
  return maxima
}

test('what is added and taken out again leaves what was there', () => {
  const score = fc.double({ min: -5, max: 200, noNaN: true })
  fc.assert(
    fc.property(
      fc.array(score, { maxLength: 40 }),
      score,
      fc.array(score, { maxLength: 5 }),
      (before, value, after) => {
        const maxima = maximaOf([...before, value, ...after])
        removeMaximum(maxima, value)
        const expected = maximaOf([...before, ...after])
        assert.equal(maxima.sessions, expected.sessions)
        assert.ok(Math.abs(maxima.mean - expected.mean) < 1e-6)
        assert.ok(Math.abs(maxima.squares - expected.squares) < 1e-4)
      },
    ),
  )
})

test('nothing can be taken out of nothing, and a spread never falls below it', () => {
  const none = maximaOf([])
  removeMaximum(none, 7)
  assert.deepEqual(none, { sessions: 0, mean: 0, squares: 0 })
  const two = maximaOf([1, 1])
  removeMaximum(two, 9)
  assert.equal(two.squares, 0)
})
