import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hourMs } from '@straylight/schemas/duration'
import { deviationByName } from '../../test-support/deviation-by-name.ts'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { hasher, shapeOf, taught } from '../../test-support/taught.ts'
import { Comparison } from './comparison.ts'
import { credentialFamily } from './credential-family.ts'
import { explainFeature } from './explain-feature.ts'

const minute = 60_000
const credential = (age: number, expires?: number) => ({
  credential: { id: 'c', issued_at: noon - age * hourMs, ...(expires !== undefined && { expires_at: noon + expires }) },
})
const world = taught(Array.from({ length: 12 }, () => eventOf(credential(3))))
const comparisonOf = (age: number, expires?: number, lifetime?: number) =>
  new Comparison({
    ...world,
    ...{ shape: shapeOf(credential(age, expires)), scale: 1, hasher },
    registered: lifetime === undefined ? undefined : { credential_lifetime_hours: lifetime },
  })
const deviation = (...of: Parameters<typeof comparisonOf>) => deviationByName(credentialFamily, comparisonOf(...of))

test('a credential past its expiry is expired, clocks forgiven by five minutes', () => {
  assert.deepEqual(deviation(3, -5 * minute - 1), { credential_expired: 1 })
  assert.deepEqual(deviation(3, -5 * minute), {})
  assert.deepEqual(deviation(3), {})
  assert.deepEqual(explainFeature('credential_expired', comparisonOf(3, -4 * hourMs)), {
    expected: 'no use is allowed after expiry',
    seen: 'used 4 hours after it expired',
  })
})

test('the registry says how old a credential may be, and how long it may be made to live', () => {
  assert.deepEqual(deviation(24, undefined, 24), {})
  assert.deepEqual(deviation(26, undefined, 24), { credential_overdue: 1 })
  assert.deepEqual(deviation(0, 90 * 24 * hourMs, 24), { credential_overdue: 1 })
  assert.deepEqual(explainFeature('credential_overdue', comparisonOf(0, 90 * 24 * hourMs, 24)), {
    expected: 'the registry allows 24 hours',
    seen: '90 days old',
  })
})

test('without the registry habit says it: two nats an octave above the oldest, from the second on', () => {
  // 3 hours lie in octave 2, 63 in octave 6.
  assert.deepEqual(deviation(63), { credential_age_excess: 6 })
  assert.deepEqual(deviation(7), {})
  assert.match(
    explainFeature('credential_age_excess', comparisonOf(63)).expected,
    /^oldest in 12 earlier uses and 12 in its peer group: 6 hours$/,
  )
})

test('a credential that does not say when it was issued has no age', () => {
  const comparison = world.against(shapeOf({ credential: { id: 'c' } }))
  assert.deepEqual(deviationByName(credentialFamily, comparison), {})
  assert.deepEqual(deviationByName(credentialFamily, world.against(shapeOf())), {})
})
