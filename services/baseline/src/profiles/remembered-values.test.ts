import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'
import { followSession } from '@straylight/models/session/agent-clock'
import { openStore } from '@straylight/runtime/store/open-store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import fc from 'fast-check'
import { eventRow } from '../count/event-row.ts'
import { AgentClocks } from './agent-clocks.ts'

const hasher = new ProfileKeyHasher('0'.repeat(32))
const value = fc.constantFrom('e:1', 'e:2', 'u:3', 'p:4', 'p:5', 'n:6')
const values = fc.option(fc.array(value, { maxLength: 90 }), { nil: undefined })
const step = fc.record({
  session: fc.constantFrom('s1', 's2', 's3'),
  minutes: fc.constantFrom(0, 0, 0, 1, 30, 2_000),
  action: fc.constantFrom('read', 'send'),
  argument_values: fc.option(fc.dictionary(fc.constantFrom('to', 'body'), fc.array(value, { maxLength: 3 })), {
    nil: undefined,
  }),
  result_values: values,
  request_values: values,
  context_values: values,
})

test('a session whose clock was forgotten goes on as if it had not been: its memory of values is built again from the store', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'straylight-values-'))
  const store = await openStore({ directory })
  let tenants = 0
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 160 }), fc.nat(160), async (steps, cut) => {
        const tenant = `t${tenants++}`
        let time = 1_790_000_000_000
        const events = steps.map(({ minutes, ...fields }, offset) => {
          time += minutes * 60_000
          const event = { ...fields, id: `e${offset}`, time, tenant, agent: 'bot', system: 'erp', format: 'native' }
          const position = { topic: 'agent.audit.v1', partition: 0, offset, index: 0 }
          return JSON.parse(
            JSON.stringify({ ...event, registered: true, content_hash: '0'.repeat(16), position }),
          ) as AgentEvent
        })
        const before = Math.min(cut, events.length - 1)
        const clocks = new AgentClocks(store)
        await clocks.load(0, events, 0)
        const follow = (from: AgentClocks, event: AgentEvent) => followSession(from.clockOf(0, event), event)
        const rows = events
          .slice(0, before)
          .map((event, offset) =>
            eventRow(
              { event, text: JSON.stringify(event), followed: follow(clocks, event) },
              { source: event.position, log: { partition: 0, offset }, log_time: event.time, vetted: false },
              hasher,
            ),
          )
        await store.insert('events', rows)
        const again = new AgentClocks(store)
        await again.load(0, events, before)
        for (const event of events.slice(before)) {
          const expected = follow(clocks, event)
          const followed = follow(again, event)
          assert.deepEqual(followed.order, expected.order)
          assert.deepEqual(followed.session.values?.toState(), expected.session.values?.toState())
        }
      }),
      { numRuns: 60 },
    )
  } finally {
    await store.close()
    await rm(directory, { recursive: true, force: true })
  }
})
