import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '@straylight/schemas/duration'
import { featureIndex, featureNames } from '../features/feature.ts'
import { learningDay, learningTrust } from './learning.ts'

const days = 21

const since = Date.parse('2026-06-01T00:00:00Z')
const live = { tenant: 'acme', vetted: false, since }
const nothing = new Float64Array(featureNames.length)
const withFeature = (name: (typeof featureNames)[number], value: number) => {
  const deviation = new Float64Array(featureNames.length)
  deviation[featureIndex(name)] = value
  return deviation
}

test('promise 19: a tenant learns for three weeks of the log, unless vetted history was imported', () => {
  assert.equal(learningDay(undefined, { logTime: since, days })?.day, 0)
  assert.equal(learningDay(live, { logTime: since + 3 * dayMs, days })?.day, 3)
  assert.equal(learningDay(live, { logTime: since - dayMs, days })?.day, 0)
  assert.equal(learningDay(live, { logTime: since + days * dayMs, days }), undefined)
  assert.equal(learningDay(live, { logTime: since, days: 0 }), undefined)
  assert.equal(learningDay({ ...live, vetted: true }, { logTime: since, days }), undefined)
})

test('promise 19: what is new is believed the more the longer the tenant is known', () => {
  const strange = withFeature('system_new', 1)
  let last = -1
  for (let day = 0; day < days; day++) {
    const trust = learningTrust({ day, days }, strange)
    assert.ok(trust > last && trust < 1)
    last = trust
  }
  assert.equal(learningTrust(undefined, strange), 1)
})

test('promise 19: what is wrong whatever is usual is believed from the first hour on', () => {
  for (const name of ['outside_boundary', 'credential_expired'] as const)
    assert.equal(learningTrust({ day: 0, days }, withFeature(name, 1)), 1)
  assert.equal(learningTrust({ day: 0, days }, withFeature('destructive_excess', 5)), 1)
  assert.equal(learningTrust({ day: 0, days }, withFeature('destructive_excess', 0.5)), 0)
  assert.equal(learningTrust({ day: 0, days }, nothing), 0)
})
