import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '@straylight/schemas/alert'
import { findingOf, startMs } from '../kit/finding-of.ts'
import { createAlertBook } from './alert-book.ts'
import { closedAlert } from './alert-change.ts'
import { alertOfFinding } from './alert-of-finding.ts'
import { surplusOf } from './surplus-alerts.ts'

function alertOf(offset: number, given: Parameters<typeof findingOf>[1] = {}, more: Partial<Alert> = {}): Alert {
  const finding = findingOf(offset, { target: `t${offset}`, ...given })
  const { tenant, agent, cause, target } = finding
  return { ...alertOfFinding(finding, { tenant, agent, cause, target }), ...more }
}

function bookOf(alerts: readonly Alert[]) {
  const book = createAlertBook()
  for (const alert of alerts) book.put(alert)
  return book
}

const targets = (alerts: readonly Alert[]) => alerts.map(({ target }) => target)
const due = {
  ...({ webhook: 'soc', message_id: 'm', event: 'agent.alert.created', body: '{}' } as const),
  ...({ attempts: 0, state: 'due', next_attempt_at: 0 } as const),
}

test('promise 7: beyond its bound the book drops closed alerts, the ones at rest for longest first, then closes open ones', () => {
  const alerts = [0, 1, 2, 3].map((offset) => alertOf(offset))
  const book = bookOf(alerts)
  book.put(closedAlert(alertOf(2), 'quiet', startMs))
  assert.deepEqual(surplusOf(book, 4), { drop: [], close: [] })
  const { drop, close } = surplusOf(book, 2)
  assert.deepEqual([targets(drop), targets(close)], [['t2'], ['t0']])
  for (const { id } of [...drop, ...close]) book.drop(id)
  assert.equal(book.size, 2)
  assert.equal(book.openCount({ tenant: 'acme', agent: 'invoice-bot' }), 2)
})

test('the least severe make room first, strangers before known agents, and never what waits for a person or a broker', () => {
  const book = bookOf([
    alertOf(0, { severity: 'critical' }, { state: 'awaiting_approval', command_state: 'held' }),
    alertOf(1, { severity: 'low' }, { command_state: 'sent' }),
    alertOf(2, { severity: 'critical' }),
    alertOf(3, { severity: 'critical', agent: 'made-up', registered: false }),
    alertOf(4, { severity: 'low' }),
    alertOf(5, { severity: 'low', agent: 'made-up', registered: false }),
    alertOf(6, { severity: 'low' }),
  ])
  const known = ({ agent }: Alert) => agent !== 'made-up'
  assert.deepEqual(targets(surplusOf(book, 2, known).close), ['t5', 't3', 't4', 't6', 't2'])
  assert.equal(surplusOf(book, 0, known).close.length, 5, 'rather beyond the bound than without an answer')
})

test("a tenant's flood makes room among its own alerts, however grave it says they are", () => {
  const flood = Array.from({ length: 8 }, (_, offset) => alertOf(offset, { tenant: 'loud', severity: 'critical' }))
  const book = bookOf([alertOf(90, { severity: 'low' }), ...flood, alertOf(91, { severity: 'low' })])
  assert.deepEqual(targets(surplusOf(book, 5).close), ['t0', 't1', 't2', 't3', 't4'])
})

test('a closed alert with something to deliver is not dropped unheard: it goes by its severity as open ones do', () => {
  const told = closedAlert(alertOf(0, { severity: 'critical' }, { deliveries: [due] }), 'quiet', startMs)
  const book = bookOf([told, alertOf(1, { severity: 'low' })])
  const { drop, close } = surplusOf(book, 1)
  assert.deepEqual([targets(drop), targets(close)], [[], ['t1']])
})
