import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { JoinedNames } from './joined-names.ts'

test('names are joined, whatever was asked before and however small the memory is', () => {
  const name = fc.constantFrom('', 'a', 'b', 'c', 'a/b')
  fc.assert(
    fc.property(fc.array(fc.tuple(name, name), { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (pairs, max) => {
      const names = new JoinedNames('/', max)
      for (const [one, other] of pairs) assert.equal(names.of(one, other), `${one}/${other}`)
    }),
  )
})
