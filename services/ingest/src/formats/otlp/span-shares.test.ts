import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SpanShares } from './span-shares.ts'

test('whoever holds less than an equal part loses nothing, whatever others send', () => {
  const most = 30
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 300 }), (senders) => {
      const shares = new SpanShares()
      const held = new Map<string, string>()
      senders.forEach((sender, at) => {
        const account = `s${sender}`
        const key = `k${at}`
        shares.add(account, key)
        held.set(key, account)
        if (held.size <= most) return
        const oldest = shares.oldestOfLargest()
        assert.ok(oldest !== undefined)
        const victim = held.get(oldest) as string
        const accounts = new Set(held.values())
        assert.ok(
          [...held.values()].filter((one) => one === victim).length >= held.size / accounts.size,
          'it holds most',
        )
        assert.equal(oldest, [...held].find(([, one]) => one === victim)?.[0], 'its oldest goes')
        shares.remove(victim, oldest)
        held.delete(oldest)
      })
    }),
  )
})

test('those that come after a thousand others share an account, and what they held is given back', () => {
  const shares = new SpanShares()
  for (let at = 0; at < 1_100; at++) shares.add(`s${at}`, `k${at}`)
  assert.equal(shares.oldestOfLargest(), 'k1000')
  for (let at = 1_000; at < 1_100; at++) shares.remove(`s${at}`, `k${at}`)
  assert.equal(shares.oldestOfLargest(), 'k0')
})
