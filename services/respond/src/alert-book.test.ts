import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findingOf, startMs } from '../kit/finding-of.ts'
import {
  createAlertBook,
  groupOf,
  openAlertsPerAgentMax,
  reopenWithinMs,
  surplusOf,
  takesEvidence,
} from './alert-book.ts'
import { closedAlert } from './alert-change.ts'
import { alertOfFinding, eventIdsMax, findingsBytesMax, withFinding } from './alert-of-finding.ts'

const alertOf = (offset: number, given = {}) => {
  const finding = findingOf(offset, given)
  const { tenant, agent, cause, target } = finding
  return alertOfFinding(finding, { tenant, agent, cause, target })
}

test('the latest alert of agent, cause and target takes evidence while open and for seven days after', () => {
  const book = createAlertBook()
  const alert = alertOf(1)
  book.put(alert)
  assert.equal(book.latest(alert)?.id, alert.id)
  assert.equal(book.latest({ ...alert, target: 'other' }), undefined)
  assert.equal(book.latest({ ...alert, cause: 'volume' }), undefined)
  assert.equal(book.latest({ ...alert, tenant: 'globex' }), undefined)
  const closed = closedAlert(alert, 'quiet', startMs)
  assert.equal(takesEvidence(closed, startMs + reopenWithinMs), true)
  assert.equal(takesEvidence(closed, startMs + reopenWithinMs + 1), false)
})

test('beyond twenty open alerts, an agent gets one for all the rest; what is open stays open', () => {
  const book = createAlertBook()
  for (let offset = 0; offset < openAlertsPerAgentMax; offset++) book.put(alertOf(offset, { target: `t${offset}` }))
  assert.deepEqual(groupOf(book, findingOf(99, { target: 'new' })), {
    tenant: 'acme',
    agent: 'invoice-bot',
    cause: 'behaviour',
    target: 'many targets',
  })
  assert.equal(groupOf(book, findingOf(99, { target: 't3' })).target, 't3')
  assert.equal(groupOf(book, findingOf(99, { target: 'new', agent: 'other' })).target, 'new')
  book.put(closedAlert(alertOf(0, { target: 't0' }), 'quiet', startMs))
  assert.equal(groupOf(book, findingOf(99, { target: 'new' })).target, 'new')
})

test('promise 7: beyond its bound the book names closed alerts to drop, oldest first, then open ones to close', () => {
  const book = createAlertBook()
  const alerts = [0, 1, 2, 3].map((offset) => alertOf(offset, { target: `t${offset}` }))
  for (const alert of alerts) book.put(alert)
  book.put(closedAlert(alerts[2]!, 'quiet', startMs))
  assert.deepEqual(surplusOf(book, 4), { drop: [], close: [] })
  const { drop, close } = surplusOf(book, 2)
  assert.deepEqual(
    drop.map(({ id }) => id),
    [alerts[2]?.id],
  )
  assert.deepEqual(
    close.map(({ id }) => id),
    [alerts[0]?.id],
  )
  for (const { id } of [...drop, ...close]) book.drop(id)
  assert.equal(book.size, 2)
  assert.equal(book.openCount({ tenant: 'acme', agent: 'invoice-bot' }), 2)
})

test('promise 7: an alert keeps few findings whole, few bytes of them and a hundred event ids, and counts all', () => {
  let alert = alertOf(0)
  for (let offset = 1; offset < 300; offset++) alert = withFinding(alert, findingOf(offset), 10)
  assert.equal(alert.finding_count, 300)
  assert.equal(alert.findings.length, 10)
  assert.equal(alert.event_ids.length, eventIdsMax)
  const wide = findingOf(400, { reasons: ['x'.repeat(findingsBytesMax)] })
  assert.equal(withFinding(alertOf(0), wide, 10).findings.length, 1)
})

test('the finding that raises the severity is kept, in the last place when all are taken', () => {
  let alert = alertOf(0, { severity: 'low' })
  alert = withFinding(alert, findingOf(1, { severity: 'low' }), 2)
  alert = withFinding(alert, findingOf(2, { severity: 'critical' }), 2)
  assert.equal(alert.severity, 'critical')
  assert.deepEqual(
    alert.findings.map(({ id }) => id),
    ['fnd_0_0', 'fnd_0_2'],
  )
})
