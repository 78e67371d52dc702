import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventShape } from '@straylight/models/event/event-shape'
import { followSession, newAgentClock } from '@straylight/models/session/agent-clock'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { sessionsOf } from './past-maxima.ts'

const event = (place: number, changes: Partial<AgentEvent>): AgentEvent => ({
  ...{
    id: `e${place}`,
    time: 1_790_000_000_000 + 1_000 * place,
    tenant: 'acme',
    agent: 'bot',
    system: 'erp',
    action: 'pay',
  },
  ...{ format: 'native', registered: true, content_hash: '0'.repeat(16) },
  ...{ position: { topic: 'agent.audit.v1', partition: 0, offset: place, index: 0 } },
  session: 'run',
  ...changes,
})

test('past sessions know what their requests had named, as they did when they were followed', () => {
  const events = [
    event(0, { request_values: ['a:1', 'd:2'], argument_values: {} }),
    event(1, { session: 'other', argument_values: { to: ['a:9'] } }),
    event(2, { argument_values: { to: ['a:9'] } }),
    event(3, { request_values: ['e:3'], argument_values: { to: ['e:3'] } }),
  ]
  const clock = newAgentClock()
  const followed = events.map((each) => {
    const { session, order } = followSession(clock, each)
    return { session: session.session, started: session.started_at, order, event: each }
  })
  const shapes = followed.map(({ event: each, order }) => eventShape(each, order))
  // As the store gives them back: without what was asked.
  const rows = followed.map(({ order: { asked: _, ...order }, ...row }) => ({ ...row, order }))
  const asked = sessionsOf(rows).map((session) => session.map(({ shape }) => shape.asked))
  assert.deepEqual(asked, [[['a:1'], ['a:1'], ['e:3', 'a:1']], [[]]])
  const then = [[0, 2, 3], [1]].map((session) => session.map((at) => shapes[at]?.asked))
  assert.deepEqual(asked, then)
})
