import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import { eventOf, noon } from '../../test-support/event-of.ts'
import { judgingContextOf, keyOf } from '../../test-support/judging-context-of.ts'
import { Profile } from '../profile/profile.ts'
import { conclude, observe } from '../scoring/judge.ts'

// Promise 13: no date and no field left out switches anything off.

const agents = ['bot', 'peer']
const call = (changes: Partial<AgentEvent>) =>
  eventOf({ ...{ system: 'files', action: 'share', destinations: ['a@acme.example'], outcome: 'success' }, ...changes })
/** Thirty days, in which each agent shares twenty files a day. */
const history = Array.from({ length: 30 }, (_, at) =>
  Array.from({ length: 20 }, (_, call_at) =>
    agents.map((agent) =>
      call({
        agent,
        session: `${agent}${at}`,
        time: noon + at * dayMs + call_at * 900_000,
        bytes_sent: 90_000 + call_at,
      }),
    ),
  ),
).flat(2)
const { judging, profiles } = judgingContextOf(history, agents)
const learnt = profiles.get(keyOf(eventOf({ agent: 'bot' })))?.toState() ?? assert.fail('nothing learnt')

const start = noon + 30 * dayMs
/** 3,000 calls of an ordinary size in an hour: 294 MB, each a step that this agent does every day. */
const honest = Array.from({ length: 3_000 }, (_, at) => ({
  time: start + at * 1_000,
  logged: start + at * 1_000 + 200,
}))
type Sent = (typeof honest)[number] & { readonly session?: string }

/** The highest score of a stream, in nats. */
function highestScore(stream: readonly Sent[]): number {
  const profile = Profile.fromState(learnt)
  const scores = stream.map(({ time, logged, session }) => {
    const event = call({ agent: 'bot', session: session ?? 'now', time, bytes_sent: 98_000 })
    const [judgement] = conclude([observe(event, profile, judging, { log_time: logged })])
    return judgement?.score ?? 0
  })
  return Math.max(...scores)
}

const twin = highestScore(honest)
const bySession = (stream: readonly Sent[]) => stream.map((sent, at) => ({ ...sent, session: `s${at}` }))
const twinOfSessions = highestScore(bySession(honest))

const dated: Record<string, readonly Sent[]> = {
  'one event of the future, then honest ones': [{ time: start + 285_000, logged: start }, ...honest],
  'honest and future events by turns': honest.map((sent, at) =>
    at % 2 ? sent : { ...sent, time: sent.time + 285_000 },
  ),
  'dates that go back a minute each': honest.map((sent, at) => ({ ...sent, time: start - at * 60_000 })),
  'dates of a month ago': honest.map((sent, at) => ({
    ...sent,
    time: at === 0 ? sent.time : start - 30 * dayMs + at * 1_000,
  })),
  'dates of last year that go up by an hour each': honest.map((sent, at) => ({
    ...sent,
    time: at === 0 ? sent.time : start - 365 * dayMs + at * hourMs,
  })),
}

test('the honest twin stands out by far', () => {
  // Above what is held out of learning by the test's model, and by evidence without provenance of the one that ships.
  assert.ok(twin > 30 && twinOfSessions > 30, `${twin} ${twinOfSessions}`)
})

for (const [name, stream] of Object.entries(dated)) {
  test(`dates hide nothing of 294 MB: ${name}`, () => {
    const highest = highestScore(stream)
    assert.ok(highest >= 0.9 * twin, `${highest} of ${twin}`)
    // The same, where no session adds anything up.
    const alone = highestScore(bySession(stream))
    assert.ok(alone >= 0.9 * twinOfSessions, `${alone} of ${twinOfSessions}, a session each`)
  })
}
