import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { eventOf, noon } from '../../test-support/event-of.ts'
import type { OrderContext } from '../event/event-shape.ts'
import {
  followSession,
  lateAfterMs,
  newAgentClock,
  sessionGapMs,
  sessionKeyOf,
  sessionPauseMs,
  sessionsMax,
} from './agent-clock.ts'

const minute = 60_000
const at = (time: number, changes: Partial<AgentEvent> = {}) => eventOf({ time: noon + time, ...changes })
/** The order alone: windows have tests of their own. */
const placeOf = ({ closed: _closed, passed: _passed, ...place }: OrderContext) => place
const names = (sessions: readonly { session: string }[]) => sessions.map(({ session }) => session)

test('a session tells what came before and how much moved so far', () => {
  const clock = newAgentClock()
  const first = followSession(clock, at(0, { session: 's', bytes_sent: 5, bytes_received: 7 }))
  assert.deepEqual(placeOf(first.order), {
    previous_step: '^',
    previous_step_2: '^',
    session_bytes_sent: 5,
    session_bytes_received: 7,
    flows: null,
    values: [],
    asked: [],
    root: 'ambient',
    late: false,
  })
  const second = followSession(
    clock,
    at(1, { session: 's', action: 'write', bytes_sent: 3, bytes_received: 100, outcome: 'failure' }),
  )
  assert.deepEqual(placeOf(second.order), {
    previous_step: 'erp/read',
    previous_step_2: '^',
    session_bytes_sent: 8,
    session_bytes_received: 7,
    flows: null,
    values: [],
    asked: [],
    root: 'ambient',
    late: false,
  })
  const third = followSession(clock, at(2, { session: 's' }))
  assert.deepEqual([third.order.previous_step, third.order.previous_step_2], ['erp/write', 'erp/read'])
  assert.equal(third.session.events, 3)
})

test('sessions of one agent do not mix', () => {
  const clock = newAgentClock()
  followSession(clock, at(0, { session: 'a', bytes_sent: 9 }))
  const other = followSession(clock, at(1, { session: 'b' }))
  assert.deepEqual([other.order.previous_step, other.order.session_bytes_sent], ['^', 0])
})

test('without a name a session is an agent and a credential until a gap of half an hour', () => {
  const clock = newAgentClock()
  const credential = { id: 'jti:1' }
  assert.equal(sessionKeyOf(at(0, { credential })), '~jti:1')
  assert.equal(sessionKeyOf(at(0)), '~')
  const first = followSession(clock, at(0, { credential }))
  assert.equal(first.session.session, `~jti:1@${noon}`)
  const other = followSession(clock, at(1, { credential: { id: 'jti:2' } }))
  assert.equal(other.order.previous_step, '^')
  const within = followSession(clock, at(sessionGapMs, { credential }))
  assert.deepEqual([within.session.session, within.ended.length], [first.session.session, 0])
  const after = followSession(clock, at(2 * sessionGapMs + 1, { credential }))
  assert.deepEqual(names(after.ended), [first.session.session])
  assert.equal(after.ended[0]?.events, 2)
  assert.equal(after.order.previous_step, '^')
  assert.equal(after.session.session, `~jti:1@${noon + 2 * sessionGapMs + 1}`)
})

test('a named session outlives the gap, and starts anew after a day of rest', () => {
  const clock = newAgentClock()
  followSession(clock, at(0, { session: 's' }))
  const resumed = followSession(clock, at(sessionPauseMs, { session: 's' }))
  assert.deepEqual([resumed.ended.length, resumed.session.events], [0, 2])
  const anew = followSession(clock, at(2 * sessionPauseMs + 1, { session: 's' }))
  assert.deepEqual([names(anew.ended), anew.session.events, anew.order.previous_step], [['s'], 1, '^'])
  assert.equal(anew.session.started_at, noon + 2 * sessionPauseMs + 1)
})

test('a late event counts in its session, has no order itself and is none before the next one', () => {
  const clock = newAgentClock()
  followSession(clock, at(10 * minute, { session: 's', bytes_sent: 1 }))
  const late = followSession(clock, at(10 * minute - lateAfterMs - 1, { session: 's', action: 'late', bytes_sent: 50 }))
  assert.deepEqual(placeOf(late.order), {
    previous_step: '',
    previous_step_2: '',
    session_bytes_sent: 51,
    session_bytes_received: 0,
    flows: null,
    values: [],
    asked: [],
    root: 'ambient',
    late: true,
  })
  assert.equal(clock.clock, noon + 10 * minute)
  const next = followSession(clock, at(10 * minute, { session: 's' }))
  assert.deepEqual([next.order.previous_step, next.order.session_bytes_sent], ['erp/read', 51])
  assert.equal(next.session.events, 3)
})

test('an event a little older than the newest is in order', () => {
  const clock = newAgentClock()
  followSession(clock, at(10 * minute, { session: 's' }))
  assert.equal(followSession(clock, at(10 * minute - lateAfterMs, { session: 's' })).order.late, false)
  assert.equal(clock.clock, noon + 10 * minute)
})

test('the session unused for longest makes room, never the one in use', () => {
  const clock = newAgentClock()
  for (let session = 0; session < sessionsMax; session++) followSession(clock, at(session, { session: `s${session}` }))
  followSession(clock, at(100, { session: 's0' }))
  const pushed = followSession(clock, at(101, { session: 'more' }))
  assert.deepEqual([names(pushed.ended), clock.sessions.size], [['s1'], sessionsMax])
  assert.ok(clock.sessions.has('s0') && clock.sessions.has('more'))
  const back = followSession(clock, at(102, { session: 's1' }))
  assert.deepEqual([names(back.ended), back.session.events, back.order.previous_step], [['s2'], 1, '^'])
})
