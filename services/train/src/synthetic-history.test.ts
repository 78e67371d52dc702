import assert from 'node:assert/strict'
import { test } from 'node:test'
import { destinationOf } from '@straylight/models/event/destination'
import { AgentEvent } from '@straylight/schemas/agent-event'
import { syntheticHistory } from './synthetic-history.ts'

const { events, agents } = syntheticHistory(1)
/** How many events there are of each key. */
function countBy(keyOf: (event: (typeof events)[number]) => string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const event of events) counts.set(keyOf(event), (counts.get(keyOf(event)) ?? 0) + 1)
  return counts
}

test('the same seed gives the same history, another seed another', () => {
  const small = { events: 2000, tenants: 6, agents: [4, 8] } as const
  assert.deepEqual(syntheticHistory(3, small), syntheticHistory(3, small))
  assert.notDeepEqual(syntheticHistory(3, small).events.slice(0, 50), syntheticHistory(4, small).events.slice(0, 50))
})

test('events have the size, order and form asked for', () => {
  assert(events.length > 50_000 && events.length < 75_000, `${events.length} events`)
  assert.equal(new Set(events.map(({ id }) => id)).size, events.length)
  assert(events.every(({ time }, at) => at === 0 || Date.parse(time) >= Date.parse(events[at - 1]!.time)))
  const shipped = AgentEvent.partial({ format: true, registered: true, content_hash: true, position: true })
  for (const { time, credential: _, ...event } of events) shipped.parse({ ...event, time: Date.parse(time) })
})

test('the fleet is diverse: tenants, groups, tools, all kinds of destination, failures, what shippers leave out', () => {
  assert.equal(new Set(agents.map(({ tenant }) => tenant)).size, 10)
  assert(new Set(agents.map(({ role }) => role)).size >= 20)
  assert(countBy(({ system, action }) => `${system} ${action}`).size > 60)
  const kinds = new Set(
    events.flatMap(({ destinations = [] }) => destinations.map((text) => destinationOf(text).kind.split(':')[0])),
  )
  assert.deepEqual([...kinds].sort(), ['account', 'file', 'host', 'id', 'mail', 'name', 'path'])
  const share = (of: (event: (typeof events)[number]) => boolean) => events.filter(of).length / events.length
  assert(share(({ outcome }) => outcome === 'failure') > 0.01 && share(({ outcome }) => outcome === 'failure') < 0.1)
  assert(share(({ outcome }) => outcome === 'denied') > 0)
  assert(share(({ bytes_sent }) => bytes_sent === undefined) < 0.4)
})

test('sessions are short walks; agents range from thin to rich history', () => {
  const lengths = [...countBy(({ session }) => session).values()]
  assert(lengths.every((length) => length >= 2 && length <= 15))
  const counts = [...countBy(({ agent }) => agent).values()].sort((a, b) => a - b)
  assert(counts[Math.floor(counts.length / 10)]! < 100 && counts[Math.floor(counts.length * 0.9)]! > 400)
})

test('agents go back to where they were, and now and then somewhere new', () => {
  const seen = new Set<string>()
  let fresh = 0
  let all = 0
  for (const { agent, destinations = [] } of events) {
    for (const destination of destinations) {
      all++
      if (!seen.has(`${agent} ${destination}`)) fresh++
      seen.add(`${agent} ${destination}`)
    }
  }
  assert(fresh / all > 0.1 && fresh / all < 0.5, `${fresh} of ${all}`)
})
