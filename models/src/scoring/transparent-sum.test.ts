import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type FeatureName, featureIndex, featureNames, features, networkFeatures } from '../features/feature.ts'
import { defaultSum, networkInput, outcomeFactor, sumWithoutProvenance, TransparentSum } from './transparent-sum.ts'

const deviationWith = (values: Readonly<Partial<Record<FeatureName, number>>>): Float64Array => {
  const out = new Float64Array(features.length)
  for (const [name, value] of Object.entries(values)) out[featureIndex(name as FeatureName)] = value
  return out
}
const anyDeviation = fc
  .tuple(...features.map(({ kind }) => fc.double({ min: 0, max: kind === 'surprise' ? 120 : 1, noNaN: true })))
  .map((values) => Float64Array.from(values))

test('a sum is its weights times its capped features', () => {
  const sum = new TransparentSum([
    { feature: 'order_surprise', weight: 2, cap: 8 },
    { feature: 'external_new', weight: 5, cap: 1 },
  ])
  assert.equal(sum.of(deviationWith({ order_surprise: 3, external_new: 1, sent_tail: 9 })), 11)
  assert.equal(sum.of(deviationWith({ order_surprise: 30 })), 16)
  assert.equal(sum.of(deviationWith({})), 0)
})

test('a failed call counts half', () => {
  const sum = new TransparentSum([{ feature: 'order_surprise', weight: 2, cap: 8 }])
  assert.equal(sum.of(deviationWith({ order_surprise: 3, failed: 1 })), 3)
  assert.equal(outcomeFactor(deviationWith({})), 1)
})

test('contributions are the sum, term by term, and no feature can take from it', () => {
  const sum = new TransparentSum()
  fc.assert(
    fc.property(
      anyDeviation,
      fc.nat(features.length - 1),
      fc.double({ min: 0, max: 100, noNaN: true }),
      (one, at, more) => {
        const contributions = sum.contributions(one)
        const total = contributions.reduce((all, { contribution }) => all + contribution, 0)
        assert.ok(Math.abs(total - sum.of(one)) < 1e-9)
        assert.deepEqual(
          contributions.map(({ feature }) => feature),
          defaultSum.map(({ feature }) => feature),
        )
        for (const { feature, value, contribution } of contributions) {
          assert.equal(value, one[featureIndex(feature as FeatureName)])
          assert.ok(contribution >= 0)
        }
        if (featureNames[at] === 'failed') return
        const raised = Float64Array.from(one)
        raised[at] = (raised[at] as number) + more
        assert.ok(sum.of(raised) >= sum.of(one))
      },
    ),
  )
})

test('a feature that is not there is refused by name', () => {
  assert.throws(() => new TransparentSum([{ feature: 'mood', weight: 1, cap: 1 }]), /mood/)
})

test('the network gets each feature by its unit, cut to one, in its row', () => {
  const rows = new Float32Array(2 * networkFeatures.length).fill(7)
  networkInput(deviationWith({ order_surprise: 4, destination_surprise: 4, sent_tail: 99, external_new: 1 }), rows, 1)
  const row = (at: number, name: FeatureName) => rows[at * networkFeatures.length + featureIndex(name)]
  assert.equal(row(0, 'order_surprise'), 7)
  assert.deepEqual(
    (['order_surprise', 'destination_surprise', 'sent_tail', 'external_new', 'kind_surprise'] as const).map((name) =>
      row(1, name),
    ),
    [0.5, 0.25, 1, 1, 0],
  )
})

test('a new destination counts less only where every value is known and no output bore one', () => {
  const sum = new TransparentSum([{ feature: 'external_new', weight: 8, cap: 1, when_not_tainted: 0.3 }])
  assert.equal(sum.of(deviationWith({ external_new: 1 })), 8)
  assert.equal(sum.of(deviationWith({ external_new: 1, values_known: 1 })), 2.4)
  assert.equal(sum.of(deviationWith({ external_new: 1, values_known: 1, value_tainted: 1 })), 8)
  assert.equal(sum.of(deviationWith({ external_new: 1, value_tainted: 1 })), 8)
})

test('a term may count less where nothing was read, in part where little was', () => {
  const sum = new TransparentSum([
    { feature: 'external_new', weight: 8, cap: 1, when_nothing_read: 0.25 },
    { feature: 'system_new', weight: 40, cap: 1 },
  ])
  const of = (nothing_read: number) => sum.of(deviationWith({ external_new: 1, system_new: 1, nothing_read }))
  assert.deepEqual([of(0), of(0.5), of(1)], [48, 45, 42])
  const unread = sum.contributions(deviationWith({ external_new: 1, nothing_read: 1 }))
  assert.deepEqual(
    unread.map(({ contribution }) => contribution),
    [2, 0],
  )
  assert.equal(of(0), 48, 'what one event lessened is whole for the next')
})

test('the sum without provenance knows no flows, and excuses nothing for where its values came from', () => {
  const without = new TransparentSum(sumWithoutProvenance)
  const stolen = deviationWith({ external_new: 1, destination_new_peers: 1, values_known: 1 })
  assert.equal(without.of(stolen), 20)
  assert.equal(without.of(deviationWith({ flow_root_surprise: 8, value_surprise: 9, flow_new_peers: 1 })), 0)
  assert.ok(sumWithoutProvenance.length >= 12)
  assert.ok(sumWithoutProvenance.every(({ when_not_tainted }) => when_not_tainted === undefined))
})
