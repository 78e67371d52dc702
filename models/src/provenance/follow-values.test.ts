import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { hourMs } from '@straylight/schemas/duration'
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

test('what is absent is unknown: no flows without argument values, none from outputs that were not reported', () => {
  const [silent, unreported, made] = follow(
    { action: 'read', result_values: ['e:1'] },
    { action: 'look', argument_values: { q: ['n:1'] } },
    { action: 'send', argument_values: { to: ['e:1', 'e:2'] }, result_values: [] },
  )
  assert.equal(silent?.flows, null)
  assert.deepEqual(flowsOf(unreported), ['q < self  0'])
  assert.deepEqual(flowsOf(made), ['to < erp/read ambient 1'])
  assert.equal(follow({ action: 'read' })[0]?.flows, null)
})

test('a late event is followed where it comes: its values have sources, and its output is one', () => {
  const [, late, send] = follow(
    { result_values: ['e:1'], argument_values: {} },
    { time: noon - hourMs, argument_values: { to: ['e:1'] }, result_values: ['e:2'] },
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

// Promise 10: a list that finds no room is not known in full.

const full = (last: string) => [...Array.from({ length: 255 }, (_, at) => `n:${at + 100}`), last]

test("a value that is found nowhere is not the agent's own while a list of its session was cut", () => {
  const cuts: Partial<AgentEvent>[] = [
    { result_values: full('more:0123456789ab') },
    { result_values: full('e:999') },
    { result_values: ['e:1', 'more:number'] },
    { result_values: [], request_values: full('more:0123456789ab') },
    { result_values: [], context_values: ['more:null'] },
  ]
  for (const cut of cuts) {
    const [, send] = follow({ argument_values: {}, ...cut }, { argument_values: { to: ['e:evil'] }, result_values: [] })
    assert.deepEqual(flowsOf(send), ['to < cut  0'], JSON.stringify(cut).slice(-80))
  }
  const [, made] = follow(
    { argument_values: {}, result_values: full('e:1').slice(1) },
    { argument_values: { to: ['e:evil'] }, result_values: [] },
  )
  assert.deepEqual(flowsOf(made), ['to < self  0'], 'a long list with room left is all there was')
})

test('the context of the very call that was cut may have held its values', () => {
  const [send] = follow({ argument_values: { to: ['e:evil'] }, context_values: full('more:1'), result_values: [] })
  assert.deepEqual(flowsOf(send), ['to < cut  0'])
})

test('padding switches nothing off: what the kept part of a cut list bore came from there', () => {
  const [, send, again] = follow(
    { action: 'read', argument_values: {}, result_values: ['e:evil', ...full('more:0123456789ab').slice(1)] },
    { argument_values: { to: ['e:evil'], cc: ['e:unknown'] }, result_values: [] },
    { argument_values: { to: ['e:evil'] }, result_values: [], request_values: full('more:1') },
  )
  assert.deepEqual(flowsOf(send), ['to < erp/read ambient 1', 'cc < cut  0'])
  assert.deepEqual(flowsOf(again), ['to < erp/read ambient 1'])
})

test('a value that stands for others has no origin in an output with one like it', () => {
  const [, send] = follow(
    { action: 'read', argument_values: {}, result_values: ['more:number'], request_values: ['more:number'] },
    { argument_values: { to: ['more:number'] }, result_values: [] },
  )
  assert.deepEqual(flowsOf(send), ['to < cut  0'])
  assert.deepEqual(send?.asked, [])
})

test('what was cut is forgotten with its call, and the session stays one that is not known in full', () => {
  const calls = Array.from({ length: 64 }, () => ({ argument_values: {}, result_values: ['n:1'] }))
  const send = { argument_values: { to: ['e:evil'] }, result_values: [] }
  const orders = follow({ argument_values: {}, result_values: full('more:1') }, ...calls, send)
  assert.deepEqual(flowsOf(orders.at(-1)), [])
})
