import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '@straylight/schemas/duration'
import { featureIndex, featureNames } from '../features/feature.ts'
import { learningDay, learningDays, learningTrust } from './learning.ts'

const since = Date.parse('2026-06-01T00:00:00Z')
const live = { tenant: 'acme', vetted: false, since }
const nothing = new Float64Array(featureNames.length)
const withFeature = (name: (typeof featureNames)[number], value: number) => {
  const deviation = new Float64Array(featureNames.length)
  deviation[featureIndex(name)] = value
  return deviation
}

test('promise 19: a tenant learns for three weeks of the log, unless vetted history was imported', () => {
  assert.equal(learningDay(undefined, since), 0)
  assert.equal(learningDay(live, since + 3 * dayMs), 3)
  assert.equal(learningDay(live, since - dayMs), 0)
  assert.equal(learningDay(live, since + learningDays * dayMs), undefined)
  assert.equal(learningDay({ ...live, vetted: true }, since), undefined)
})

test('promise 19: what is new is believed the more the longer the tenant is known', () => {
  const strange = withFeature('system_new', 1)
  let last = -1
  for (let day = 0; day < learningDays; day++) {
    const trust = learningTrust(day, strange)
    assert.ok(trust > last && trust < 1)
    last = trust
  }
  assert.equal(learningTrust(undefined, strange), 1)
})

test('promise 19: what is wrong whatever is usual is believed from the first hour on', () => {
  for (const name of ['outside_boundary', 'credential_expired'] as const)
    assert.equal(learningTrust(0, withFeature(name, 1)), 1)
  assert.equal(learningTrust(0, withFeature('destructive_excess', 5)), 1)
  assert.equal(learningTrust(0, withFeature('destructive_excess', 0.5)), 0)
  assert.equal(learningTrust(0, nothing), 0)
})
