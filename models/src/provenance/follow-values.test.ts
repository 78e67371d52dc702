import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { eventOf, noon } from '../../test-support/event-of.ts'
import type { Profile } from '../profile/profile.ts'
import { Profile as ProfileOf } from '../profile/profile.ts'
import { followSession, newAgentClock, rememberingSessionsMax } from '../session/agent-clock.ts'
import { usedValues } from './flow.ts'

/** Follows events of one session; each event's order context. */
function follow(...events: Partial<AgentEvent>[]) {
  const clock = newAgentClock()
  return events.map((event, at) => followSession(clock, eventOf({ session: 's', time: noon + at, ...event })).order)
}
const flowsOf = (order: ReturnType<typeof follow>[number] | undefined) =>
  order?.flows?.map(({ argument, source, root, call }) => `${argument} < ${source} ${root} ${call}`)

test('a value is followed from the output that bore it into the argument that took it', () => {
  const [read, send] = follow(
    { action: 'read', argument_values: { file: ['p:1'] }, request_values: ['p:1'], result_values: ['e:2', 'n:3'] },
    { action: 'send', argument_values: { to: ['e:2'], subject: ['n:9'] }, result_values: [] },
  )
  assert.deepEqual(flowsOf(read), ['file < request  0'])
  assert.equal(read?.root, 'requested')
  assert.deepEqual(flowsOf(send), ['to < erp/read requested 1', 'subject < self  0'])
  assert.equal(send?.root, 'requested')
})

test('a call without arguments is ambient, one of values made up is invented, one of memory says so', () => {
  const [list, made, remembered, fed] = follow(
    { action: 'list', argument_values: {}, result_values: ['a:1'] },
    { action: 'make', argument_values: { name: ['n:2'] }, result_values: [] },
    { action: 'recall', argument_values: { to: ['e:3'] }, context_values: ['e:3'], result_values: [] },
    { action: 'pay', argument_values: { to: ['a:1'] }, result_values: [] },
  )
  assert.deepEqual([list?.root, made?.root, remembered?.root, fed?.root], ['ambient', 'invented', 'context', 'ambient'])
})

test('what is absent is unknown: no flows without argument values, none from outputs that were not told', () => {
  const [silent, untold, made] = follow(
    { action: 'read', result_values: ['e:1'] },
    { action: 'look', argument_values: { q: ['n:1'] } },
    { action: 'send', argument_values: { to: ['e:1', 'e:2'] }, result_values: [] },
  )
  assert.equal(silent?.flows, null)
  assert.deepEqual(flowsOf(untold), ['q < self  0'])
  assert.deepEqual(flowsOf(made), ['to < erp/read ambient 1'])
  assert.equal(follow({ action: 'read' })[0]?.flows, null)
})

test('a late event is followed where it comes: its values have sources, and its output is one', () => {
  const [, late, send] = follow(
    { result_values: ['e:1'], argument_values: {} },
    { time: noon - 3_600_000, argument_values: { to: ['e:1'] }, result_values: ['e:2'] },
    { argument_values: { to: ['e:2'] }, result_values: [] },
  )
  assert.deepEqual(flowsOf(late), ['to < erp/read ambient 1'])
  assert.deepEqual(flowsOf(send), ['to < erp/read ambient 2'])
})

test('a path says where its base name came from; a long list is followed to its bound', () => {
  const names = (argument_values: Record<string, string[]>) =>
    usedValues(eventOf({ argument_values })).map(({ value }) => value)
  assert.deepEqual(names({ file: ['p:1', 'p:2'], to: ['e:3', 'e:4'] }), ['p:1', 'e:3', 'e:4'])
  assert.equal(names({ to: Array.from({ length: 50 }, (_, at) => `e:${at}`) }).length, 32)
})

test('an agent remembers the values of so many sessions; the one unused for longest knows no more', () => {
  const clock = newAgentClock()
  const one = (session: string, event: Partial<AgentEvent>) =>
    followSession(clock, eventOf({ session, time: noon, ...event })).order
  const read = { argument_values: {}, result_values: ['e:1'] }
  for (let at = 0; at <= rememberingSessionsMax; at++) one(`s${at}`, read)
  const send = { argument_values: { to: ['e:1'] }, result_values: [] }
  assert.deepEqual(flowsOf(one('s0', send)), [])
  assert.deepEqual(flowsOf(one(`s${rememberingSessionsMax}`, send)), ['to < erp/read ambient 1'])
})

test('the memory comes back with the profile', () => {
  const profile: Profile = new ProfileOf()
  followSession(profile.clock, eventOf({ session: 's', time: noon, argument_values: {}, result_values: ['e:1'] }))
  const again = ProfileOf.fromState(profile.toState())
  const send = eventOf({ session: 's', time: noon, argument_values: { to: ['e:1'] } })
  assert.deepEqual(followSession(again.clock, send), followSession(profile.clock, send))
})

test('a value behind more others than are followed leaves one of its own in the place where it stood', () => {
  const usual = Array.from({ length: 32 }, (_, at) => `e:${at}`)
  const used = (to: string[]) => usedValues(eventOf({ argument_values: { cc: usual, to } }))
  assert.deepEqual(
    usedValues(eventOf({ argument_values: { cc: usual } })).map(({ value }) => value),
    usual,
    'as many as are followed stay as they are',
  )
  assert.equal(used(['e:evil']).length, 32)
  assert.match(used(['e:evil']).at(-1)?.value ?? '', /^more:[0-9a-f]{12}$/)
  assert.notDeepEqual(used(['e:evil']).at(-1), used(['e:other']).at(-1))
})
