import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileSource, isNothing, type Source } from './source.ts'

const name = fc.constantFrom('a', 'b', 'c', 'd')
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
const { source } = fc.letrec<{ source: Source }>((tie) => ({
  source: fc.oneof(
    { maxDepth: 3 },
    path,
    name.map((constant): Source => ({ constant })),
    name.map(
      (field): Source =>
        (record) =>
          record[field],
    ),
    fc
      .record({ at: tie('source'), values: fc.dictionary(fc.constantFrom('x', 'y'), name), otherwise: name })
      .map((table): Source => table),
    fc.array(tie('source'), { maxLength: 4 }),
  ),
}))
const value = fc.oneof(
  fc.constantFrom('', '-', 'x', 'y'),
  fc.integer(),
  fc.constant(null),
  fc.dictionary(name, fc.string()),
)

test('a source gives the same where it is asked only for names that the record has', () => {
  fc.assert(
    fc.property(source, fc.dictionary(name, value), (given, record) => {
      const compiled = compileSource(given)
      const found = compiled.read(record)
      const among = compiled.among(new Set(Object.keys(record)))?.read(record)
      assert.deepEqual(isNothing(among) ? undefined : among, isNothing(found) ? undefined : found)
    }),
    { numRuns: 3_000 },
  )
})
