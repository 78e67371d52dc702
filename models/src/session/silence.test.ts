import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hourMs } from '@straylight/schemas/duration'
import { Profile } from '../profile/profile.ts'
import { silentFrom } from './silence.ts'

const day = 24 * hourMs
const profileOf = (events: number, days: number, longest_gap: number) => {
  const profile = new Profile()
  Object.assign(profile, { events, first_time: 1, last_time: 1 + days * day })
  profile.clock.clock = 1_000
  profile.clock.longest_gap = longest_gap
  return profile
}

test('an agent is silent after three of its longest gaps, an hour at least', () => {
  assert.equal(silentFrom(profileOf(200, 14, 60 * hourMs)), 1_000 + 180 * hourMs)
  assert.equal(silentFrom(profileOf(200, 14, 60_000)), 1_000 + hourMs)
})

test('of an agent of few events or days nobody knows how silent it may be', () => {
  assert.equal(silentFrom(profileOf(199, 14, hourMs)), null)
  assert.equal(silentFrom(profileOf(200, 13, hourMs)), null)
})
