import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { valueKindOf } from '../provenance/flow.ts'
import { destinationOf } from './destination.ts'
import { sourceNames } from './source-names.ts'

/** Texts as events hold them: well-formed, and so short that every cut is met within a pair. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(fc.constantFrom('😀', 'x', '1', ':', '-', '/', '.', '@', 'İ', '\u202e', '\u0000'), { maxLength: 20 })
    .map((parts) => parts.join('')),
)

test('what is derived from well-formed text is well-formed: no half of a character reaches a row', () => {
  fc.assert(
    fc.property(text, (given) => {
      const { key, kind } = destinationOf(given)
      const derived = [valueKindOf(given), key, kind, ...sourceNames({ ip: given, host: given })]
      assert.ok(
        derived.every((made) => made.isWellFormed()),
        JSON.stringify(derived),
      )
    }),
    { numRuns: 3_000 },
  )
})

test('the kind of a hashed value: its letters, or its first character where it has none', () => {
  const kinds = ['a:51d2', 'url:51d2', '😀xy', ':xy', 'xyz', '😀:xy'].map(valueKindOf)
  assert.deepEqual(kinds, ['a', 'url', '😀', ':', 'x', '😀'])
})
