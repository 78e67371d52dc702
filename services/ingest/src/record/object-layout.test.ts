import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layoutOf } from '@straylight/schemas/object-layout'
import fc from 'fast-check'

test('objects have one layout exactly where they hold the same names in the same order', () => {
  const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', '1', 'é'), fc.integer())
  fc.assert(
    fc.property(object, object, (one, other) => {
      const same = JSON.stringify(Object.keys(one)) === JSON.stringify(Object.keys(other))
      assert.equal(layoutOf(one) === layoutOf(other), same)
      assert.deepEqual(layoutOf(one)?.names, Object.keys(one))
    }),
  )
})

test('names that somebody made up keep nobody out: newcomers have a layout, and objects in use have theirs again', () => {
  const usual = { time: 1, agent: 2, system: 3, action: 4 }
  for (let at = 0; at < 60_000; at++) layoutOf({ [`made-up-${at}`]: 1 })
  const newcomer = { never: 1, seen: 2, before: 3 }
  for (const object of [usual, newcomer]) {
    assert.deepEqual(layoutOf(object)?.names, Object.keys(object))
    assert.equal(layoutOf(object), layoutOf({ ...object }))
  }
})

test('what has many names, or a long one, has no layout', () => {
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`many${at}`, at]))
  assert.equal(layoutOf(many), null)
  assert.equal(layoutOf({ ['x'.repeat(65)]: 1 }), null)
})
