import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { eventOf } from '../../test-support/event-of.ts'
import { randomEvent } from '../../test-support/random-event.ts'
import { shapeOf, taught } from '../../test-support/taught.ts'
import type { Comparison } from './comparison.ts'
import { deviationOf, slotsOf } from './deviation.ts'
import { featureFamilies, featureNames, features } from './feature.ts'
import type { AnyFeatureFamily } from './feature-family.ts'
import { misplacedFamily } from './misplaced-family.ts'

/** A row that throws where a family reads or writes a place that is not its own and that it did not declare. */
function guarded(family: AnyFeatureFamily, out: Float64Array): Float64Array {
  const may = (property: string | symbol, names: readonly string[], what: string) => {
    const name = typeof property === 'string' ? featureNames[Number(property)] : undefined
    if (name !== undefined && !names.includes(name)) throw new Error(`${family.name} ${what} ${name}`)
  }
  const own = Object.keys(family.features)
  return new Proxy(out, {
    get: (row, property) => {
      may(property, [...own, ...family.reads], 'reads')
      return Reflect.get(row, property, row)
    },
    set: (row, property, value) => {
      may(property, own, 'writes')
      return Reflect.set(row, property, value, row)
    },
  })
}

function measuredGuarded(comparison: Comparison, families: readonly AnyFeatureFamily[]): Float64Array {
  const out = new Float64Array(features.length)
  for (const family of families) family.measure(comparison, guarded(family, out), slotsOf(family))
  return out
}

test('no family reads or writes a place that it did not declare, whatever the history and the event', () => {
  fc.assert(
    fc.property(fc.array(randomEvent, { maxLength: 20 }), randomEvent, (history, event) => {
      const comparison = taught(history.map(eventOf)).against(shapeOf(event))
      assert.deepEqual([...measuredGuarded(comparison, featureFamilies)], [...deviationOf(comparison)])
    }),
  )
})

test('a family that reads what it did not declare is found', () => {
  const sly: AnyFeatureFamily = {
    ...misplacedFamily,
    reads: [],
    measure: (comparison, out) => misplacedFamily.measure(comparison, out, slotsOf(misplacedFamily)),
  }
  const comparison = taught([]).against(shapeOf())
  assert.throws(() => measuredGuarded(comparison, [sly]), /sequence reads sent_surprise/)
})

test('what a family reads is found by an earlier one', () => {
  const found = new Set<string>()
  for (const family of featureFamilies) {
    for (const name of family.reads) assert.ok(found.has(name), `${family.name} reads ${name} before it is found`)
    for (const name of Object.keys(family.features)) found.add(name)
  }
})

test('families have names of their own, and ask a question', () => {
  assert.equal(new Set(featureFamilies.map(({ name }) => name)).size, featureFamilies.length)
  for (const { name, question } of featureFamilies) assert.match(question, /^[A-Z].*\?$/, name)
})

test('a feature is shown to people with a title and a sentence, or kept for a reason', () => {
  for (const feature of features) {
    if ('kept_because' in feature) assert.ok(feature.kept_because.length > 0, feature.name)
    else assert.ok(Object.keys(feature.weights).length > 0 && feature.title.length > 0, feature.name)
    assert.ok(feature.formula.length > 0 && feature.range.length > 0, feature.name)
  }
})
