import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { wrapText } from './wrap-text.ts'

test('no word is lost, cut or moved, and a line is too long only when one word is', () => {
  const words = fc.array(
    fc.string({ minLength: 1, maxLength: 30 }).map((text) => text.replace(/\s/g, '_')),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(words, fc.integer({ min: 20, max: 90 }), (list, width) => {
      const lines = wrapText(list.join(' '), width, '  ')
      assert.deepEqual(
        lines.flatMap((line) => line.split(' ')).filter((part) => part !== ''),
        list,
      )
      assert.ok(lines.every((line) => line.length <= width || line.trim().split(' ').length === 1))
    }),
  )
})

test('further lines stand under the first', () => {
  assert.deepEqual(wrapText('one two three four', 15, 'note '), ['note one two', '     three four'])
})
