import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { shortened } from './shortened.ts'

const halves = /\p{Cs}/u

test('promise 15: a cut text is well-formed and within its bound, wherever pairs and halves of pairs stand', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.integer({ min: 1, max: 40 }), (text, max) => {
      const short = shortened(text, max)
      assert.ok(short.length <= max)
      assert.ok(!halves.test(short))
      if (text.length <= max) assert.equal(short, text)
    }),
  )
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0xd7f0, max: 0xe00f }), { maxLength: 20 }),
      fc.integer({ min: 1, max: 20 }),
      (units, max) => {
        const short = shortened(String.fromCharCode(...units), max)
        assert.ok(short.length <= max && !halves.test(short))
      },
    ),
  )
})

test('a pair at the cut goes as a whole', () => {
  assert.equal(shortened('ab😀cd', 4), 'ab…')
  assert.equal(shortened('ab😀cd', 5), 'ab😀…')
  assert.equal(shortened('a\ud83d', 5), 'a\ufffd')
})

test('a long text is cut after a whole word, a long word within it', () => {
  assert.equal(shortened('sent far more than usual', 24), 'sent far more than usual')
  assert.equal(shortened('sent far more than usual', 23), 'sent far more than…')
  assert.equal(shortened('sent far more than usual', 19), 'sent far more than…')
  assert.equal(shortened('sent far more than usual', 18), 'sent far more…')
  assert.equal(shortened('a'.repeat(90), 80), `${'a'.repeat(79)}…`)
  assert.equal(shortened(`to ${'a'.repeat(90)}`, 80), `to ${'a'.repeat(76)}…`)
})
