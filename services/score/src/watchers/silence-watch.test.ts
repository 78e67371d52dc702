import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Profile } from '@straylight/models/profile/profile'
import { hourMs } from '@straylight/schemas/duration'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { SilenceWatch, silenceFinding } from './silence-watch.ts'

const context = { tierOf: () => 'medium' as const, version: 3, model: 'm' }
const place = { topic: 'agent.events.v1', partition: 0, offset: 77, log_time: noon }

/** A profile of long standing whose agent spoke at `time`. */
function profileAt(time: number, longest_gap: number): Profile {
  const profile = new Profile()
  Object.assign(profile, { events: 500, first_time: noon - 30 * 24 * hourMs, last_time: time })
  Object.assign(profile.clock, { clock: time, longest_gap })
  return profile
}
const speak = (watch: SilenceWatch, agent: string, time: number, gap = 2 * hourMs) =>
  watch.take(eventOf(time, { agent, time: noon + time }), 's', {
    profile: profileAt(noon + time, gap),
    logTime: noon + time,
  })

test("another agent's event shows the silence, once, until the agent speaks again", () => {
  const watch = new SilenceWatch()
  speak(watch, 'bot', 0)
  assert.equal(speak(watch, 'peer', 6 * hourMs - 1), undefined)
  const silence = speak(watch, 'peer', 6 * hourMs)
  assert.equal(silence?.last.agent, 'bot')
  assert.equal(speak(watch, 'peer', 7 * hourMs), undefined)
  assert.equal(speak(watch, 'bot', 8 * hourMs), undefined)
  assert.equal(speak(watch, 'peer', 8 * hourMs), undefined)
  assert.equal(speak(watch, 'third', 14 * hourMs)?.last.agent, 'bot')
})

test('an agent that is seldom active is never silent', () => {
  const watch = new SilenceWatch()
  watch.take(eventOf(0, { agent: 'bot', time: noon }), 's', { profile: new Profile(), logTime: noon })
  assert.equal(speak(watch, 'peer', 1_000 * hourMs), undefined)
})

test('the finding says since when, stands at a place of its own, and is the same whoever makes it', () => {
  const watch = new SilenceWatch()
  speak(watch, 'bot', 0)
  const silence = speak(watch, 'peer', 9 * hourMs)
  assert.ok(silence)
  const finding = silenceFinding(silence, place, context)
  assert.equal(finding.log.topic, 'agent.events.v1#silence')
  assert.deepEqual(
    [finding.agent, finding.cause, finding.target, finding.severity],
    ['bot', 'silent_agent', 'bot', 'medium'],
  )
  assert.match(
    finding.reasons[0] ?? '',
    /^Silent agent: nothing for 9 hours, since .*; longest silence lately: 2 hours$/,
  )
  assert.equal(silenceFinding(silence, { ...place, offset: 99 }, context).id, finding.id)
})
