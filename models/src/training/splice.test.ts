import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { shapeOf } from '../../test-support/taught.ts'
import { destinationOf } from '../event/destination.ts'
import type { EventShape } from '../event/event-shape.ts'
import { seededRandom } from './seeded-random.ts'
import { splice } from './splice.ts'

const place = (event: Partial<AgentEvent>): EventShape =>
  shapeOf(event, {
    previous_step: 'erp/read',
    previous_step_2: '^',
    session_bytes_sent: 70 + (event.bytes_sent ?? 0),
    session_bytes_received: 80,
  })
const sorts = [
  ['mail', ['a@x.example']],
  ['host', ['https://x.example/in']],
  ['account', ['DE89370400440532013000']],
  ['path', ['/data/out/report.csv']],
  ['file', ['report.csv']],
  ['id', ['ORD-1042']],
  ['name', ['general']],
  ['none', undefined],
] as const
const withDestinations = (list: readonly string[] | undefined): Partial<AgentEvent> =>
  list ? { destinations: [...list] } : {}
const others = sorts.map(([action, list]) => place({ action, ...withDestinations(list) }))

for (const [sort, list] of sorts) {
  test(`a spliced event with ${sort} as destination does what its agent did not`, () => {
    const random = seededRandom(5)
    const event = place({ action: sort, bytes_sent: 100, ...withDestinations(list) })
    const own = [event, ...others.slice(0, 3)]
    const known = new Set([...own, ...others].flatMap(({ destinations }) => destinations.map(({ key }) => key)))
    const before = structuredClone(event)
    const seen = new Set<string>()
    for (let at = 0; at < 200; at++) {
      const spliced = splice(event, own, others, random)
      assert.notDeepEqual(spliced, event)
      assert.deepEqual([spliced.previous_step, spliced.previous_step_2, spliced.late], ['erp/read', '^', false])
      assert.ok(spliced.session_bytes_sent >= 70 && spliced.session_bytes_received >= 80)
      const fresh = spliced.destinations.filter(({ key }) => !known.has(key))
      for (const { key, kind } of fresh) {
        assert.deepEqual(destinationOf(key).kind.split(':')[0], kind.split(':')[0], key)
        seen.add(key)
      }
    }
    assert.deepEqual(event, before)
    assert.ok(seen.size > 50, `${seen.size} fresh destinations in 200 spliced events`)
  })
}

test('half of what is fresh leaves the house, whatever the destination was', () => {
  const random = seededRandom(6)
  const event = place({ destinations: ['report.csv'] })
  const outside = Array.from({ length: 400 }, () => splice(event, [event], [event], random)).filter(
    ({ destinations }) => destinations.some(({ external }) => external),
  )
  assert.ok(outside.length > 100 && outside.length < 300, `${outside.length} of 400`)
})

test('the same seed splices the same', () => {
  const draw = () => {
    const random = seededRandom(9)
    return Array.from({ length: 50 }, (_, at) => splice(others[at % others.length]!, others, others, random))
  }
  assert.deepEqual(draw(), draw())
})

test('where an earlier output is known, a value of the call is replaced by one that only that output bore', () => {
  const random = seededRandom(8)
  const used = { flows: [{ value: 0, argument: 'to', kind: 'e', source: 'request', root: '' as const, call: 0 }] }
  const event = shapeOf({ destinations: ['a@x.example'] }, { ...used, values: [{ argument: 'to', value: 'e:1' }] })
  const earlier = [{ step: 'mail/read', root: 'requested' as const, returned: ['d:1', 'e:2', 'n:3'] }]
  const spliced = Array.from({ length: 200 }, () => splice(event, [event], [event], random, earlier))
  const fed = spliced.filter(({ flows }) => flows?.[0]?.source === 'mail/read')
  assert.ok(fed.length > 150, `${fed.length} of 200 fed by an output`)
  for (const { flows, values } of fed) {
    assert.deepEqual(flows, [{ value: 0, argument: 'to', kind: 'e', source: 'mail/read', root: 'requested', call: 0 }])
    assert.deepEqual(values, [{ argument: 'to', value: 'e:2' }])
  }
  const fresh = fed.filter(({ destinations }) => destinations[0]?.key !== 'a@x.example').length / fed.length
  assert.ok(fresh > 0.5 && fresh < 0.9, `${fresh} go where nobody went`)
})
