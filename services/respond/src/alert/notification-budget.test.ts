import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hourMs } from '@straylight/schemas/duration'
import { Cause, Severity } from '@straylight/schemas/finding'
import fc from 'fast-check'
import { createNotificationBudget, perAgentMax, perUnknownMax } from './notification-budget.ts'

const about = (given: object = {}) => ({
  alert: { tenant: 'acme', agent: 'bot', cause: 'order', severity: 'low', ...given } as const,
  isKnown: true,
  rises: false,
  at: 0,
})

test('promise 15: one agent is announced so often an hour, and another is not held back by it', () => {
  const budget = createNotificationBudget()
  const passed = Array.from({ length: 10_000 }, (_, at) => budget.allows({ ...about(), at: at * 10 }))
  assert.equal(passed.filter(Boolean).length, 1 + perAgentMax)
  assert.deepEqual(budget.drainWithheld(), {
    messages: 10_000 - 1 - perAgentMax,
    begun: [{ tenant: 'acme', agent: 'bot' }],
  })
  assert.deepEqual(budget.drainWithheld(), { messages: 0, begun: [] })
  assert.equal(budget.allows(about({ agent: 'other' })), true)
  assert.equal(budget.allows({ ...about(), at: hourMs }), true, 'and the next hour begins anew')
})

test('promise 15: the first of a cause, the first at a severity and a rise always go', () => {
  const one = fc.record({
    cause: fc.constantFrom(...Cause.options),
    severity: fc.constantFrom(...Severity.options),
    rises: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 400 }), (given) => {
      const budget = createNotificationBudget()
      const reported = new Map<string, number>()
      let passed = 0
      let rises = 0
      for (const { cause, severity, rises: rising } of given) {
        const went = budget.allows({ ...about({ cause, severity }), rises: rising })
        const rank = Severity.options.indexOf(severity)
        const first = rank > (reported.get(cause) ?? -1)
        if (first) reported.set(cause, rank)
        if (first || rising) assert.ok(went)
        if (rising) rises++
        if (went) passed++
      }
      assert.ok(passed <= Cause.options.length * Severity.options.length + perAgentMax + rises)
    }),
  )
})

test('promise 15: agents that nobody knows share one budget, whatever they call themselves and however often they rise', () => {
  const budget = createNotificationBudget()
  const passed = Array.from({ length: 5_000 }, (_, at) =>
    budget.allows({ ...about({ agent: `made-up-${at}` }), isKnown: false, rises: at % 2 === 0 }),
  )
  assert.equal(passed.filter(Boolean).length, 1 + perUnknownMax)
  assert.equal(budget.allows({ ...about({ tenant: 'globex', agent: 'new' }), isKnown: false }), true)
})
