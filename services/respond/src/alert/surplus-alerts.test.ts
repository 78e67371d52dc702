import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '@straylight/schemas/alert'
import { sampleFindingOf, startMs } from '../../test-support/finding-of.ts'
import { closedAlert } from './alert-change.ts'
import { createAlertIndex } from './alert-index.ts'
import { alertOfFinding } from './alert-of-finding.ts'
import { surplusOf } from './surplus-alerts.ts'

function alertOf(offset: number, given: Parameters<typeof sampleFindingOf>[1] = {}, more: Partial<Alert> = {}): Alert {
  const finding = sampleFindingOf(offset, { target: `t${offset}`, ...given })
  const { tenant, agent, cause, target } = finding
  return { ...alertOfFinding(finding, { tenant, agent, cause, target }), ...more }
}

function indexOf(alerts: readonly Alert[]) {
  const alertIndex = createAlertIndex()
  for (const alert of alerts) alertIndex.put(alert)
  return alertIndex
}

const targets = (alerts: readonly Alert[]) => alerts.map(({ target }) => target)
const due = {
  ...({ webhook: 'soc', message_id: 'm', event: 'agent.alert.created', body: '{}' } as const),
  ...({ attempts: 0, state: 'due', next_attempt_at: 0 } as const),
}

test('promise 7: beyond its bound the alertIndex drops closed alerts, the ones at rest for longest first, then closes open ones', () => {
  const alerts = [0, 1, 2, 3].map((offset) => alertOf(offset))
  const alertIndex = indexOf(alerts)
  alertIndex.put(closedAlert(alertOf(2), 'quiet', startMs))
  assert.deepEqual(surplusOf(alertIndex, 4), { drop: [], close: [] })
  const { drop, close } = surplusOf(alertIndex, 2)
  assert.deepEqual([targets(drop), targets(close)], [['t2'], ['t0']])
  for (const { id } of [...drop, ...close]) alertIndex.drop(id)
  assert.equal(alertIndex.size, 2)
  assert.equal(alertIndex.openCount({ tenant: 'acme', agent: 'invoice-bot' }), 2)
})

test('the least severe make room first, unknown agents before known ones, and never what waits for a person or a broker', () => {
  const alertIndex = indexOf([
    alertOf(0, { severity: 'critical' }, { state: 'awaiting_approval', command_state: 'held' }),
    alertOf(1, { severity: 'low' }, { command_state: 'sent' }),
    alertOf(2, { severity: 'critical' }),
    alertOf(3, { severity: 'critical', agent: 'made-up', registered: false }),
    alertOf(4, { severity: 'low' }),
    alertOf(5, { severity: 'low', agent: 'made-up', registered: false }),
    alertOf(6, { severity: 'low' }),
  ])
  const known = ({ agent }: Alert) => agent !== 'made-up'
  assert.deepEqual(targets(surplusOf(alertIndex, 2, known).close), ['t5', 't3', 't4', 't6', 't2'])
  assert.equal(surplusOf(alertIndex, 0, known).close.length, 5, 'rather beyond the bound than without an answer')
})

test("a tenant's flood makes room among its own alerts, however grave it says they are", () => {
  const flood = Array.from({ length: 8 }, (_, offset) => alertOf(offset, { tenant: 'loud', severity: 'critical' }))
  const alertIndex = indexOf([alertOf(90, { severity: 'low' }), ...flood, alertOf(91, { severity: 'low' })])
  assert.deepEqual(targets(surplusOf(alertIndex, 5).close), ['t0', 't1', 't2', 't3', 't4'])
})

test('a closed alert with something to deliver is not dropped unheard: it goes by its severity as open ones do', () => {
  const reported = closedAlert(alertOf(0, { severity: 'critical' }, { deliveries: [due] }), 'quiet', startMs)
  const alertIndex = indexOf([reported, alertOf(1, { severity: 'low' })])
  const { drop, close } = surplusOf(alertIndex, 1)
  assert.deepEqual([targets(drop), targets(close)], [[], ['t1']])
})
