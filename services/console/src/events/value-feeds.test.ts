import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import fc from 'fast-check'
import { feedsInto, valueFeeds } from './value-feeds.ts'

const call = (id: string, given: Partial<AgentEvent> = {}): AgentEvent => ({
  ...{ id, time: 1_790_000_000_000, tenant: 'acme', agent: 'bot', system: 'crm', action: 'read', format: 'native' },
  ...{ registered: true, content_hash: '0'.repeat(16) },
  position: { topic: 'agent.audit.v1', partition: 0, offset: 0, index: 0 },
  ...given,
})

test('a mail names an invoice, the invoice an account, and the account is paid: the path leads back to the mail', () => {
  const events = [
    call('mail', { argument_values: {}, result_values: ['n:invoice'] }),
    call('other', { argument_values: {}, result_values: ['n:unrelated'] }),
    call('invoice', { argument_values: { id: ['n:invoice'] }, result_values: ['a:account', 'd:12'] }),
    call('pay', { argument_values: { to: ['a:account'], day: ['d:12'] }, result_values: [] }),
  ]
  const { feeds, more } = feedsInto(valueFeeds(events), ['pay'], 10)
  assert.deepEqual(feeds, [
    { from: 'invoice', to: 'pay', argument: 'to' },
    { from: 'mail', to: 'invoice', argument: 'id' },
  ])
  assert.equal(more, false)
  assert.deepEqual(feedsInto(valueFeeds(events), ['pay'], 2), { feeds: feeds.slice(0, 1), more: true })
  assert.deepEqual(valueFeeds(events.map(({ argument_values: _values, ...event }) => event)), [])
})

test('whatever the values, feeds lead forward in time, and calls are bounded', () => {
  const values = fc.array(fc.constantFrom('a:1', 'a:2', 'n:3', 'd:4', 'x'), { maxLength: 4 })
  fc.assert(
    fc.property(fc.array(fc.record({ used: values, returned: values }), { maxLength: 30 }), (given) => {
      const events = given.map(({ used, returned }, at) =>
        call(`e${at}`, { argument_values: { to: used }, result_values: returned }),
      )
      const feeds = valueFeeds(events)
      for (const { from, to } of feeds) assert.ok(Number(from.slice(1)) < Number(to.slice(1)))
      const into = feedsInto(feeds, [`e${given.length - 1}`], 5)
      assert.ok(new Set(into.feeds.flatMap(({ from, to }) => [from, to])).size <= 5)
    }),
  )
})
