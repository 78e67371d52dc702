import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert, Delivery } from '@straylight/schemas/alert'
import { hourMs } from '@straylight/schemas/duration'
import { Policy } from '@straylight/schemas/policy'
import { sampleFindingOf, startMs } from '../../test-support/finding-of.ts'
import { alertOfFinding, withFinding } from '../alert/alert-of-finding.ts'
import { deliveriesMax, planDeliveries } from './plan-deliveries.ts'

const policyOf = (webhooks: number) =>
  Policy.parse({
    webhooks: Array.from({ length: webhooks }, (_, at) => ({ name: `soc-${at}`, url: 'https://soc.acme.example' })),
  })
const hostile = '"\\'.repeat(4_000)

/** An alert whose every text is as long as it may be, and of characters that grow when they are written down. */
function wideAlert(): Alert {
  const contribution = { ...{ feature: 'x', value: 1, contribution: 1 }, expected: hostile, seen: hostile }
  const texts = { target: hostile, event_id: hostile, reasons: Array(5).fill(hostile) }
  const findings = Array.from({ length: 12 }, (_, at) =>
    sampleFindingOf(at, {
      ...texts,
      event_id: `${at}${hostile}`.slice(0, 500),
      contributions: Array(5).fill(contribution),
    }),
  )
  const [first, ...rest] = findings as [(typeof findings)[0]]
  const { tenant, agent, cause, target } = first
  return rest.reduce(
    (alert, finding) => withFinding(alert, finding, 100),
    alertOfFinding(first, { tenant, agent, cause, target }),
  )
}

const planned = (alert: Alert, policy: Policy, at: number): Alert =>
  planDeliveries({ ...alert, revision: alert.revision + 1 }, { notify: ['agent.alert.updated'], at }, policy, at)

test('promise 15: however much waits and however hostile it is, an alert fits into a record, and the latest to each webhook stays', () => {
  const policy = policyOf(20)
  let alert = wideAlert()
  for (let at = 0; at < 30; at++) {
    alert = planned(alert, policy, startMs + at)
    assert.ok(Buffer.byteLength(JSON.stringify(alert)) < 700_000)
    assert.ok(alert.deliveries.length <= deliveriesMax)
  }
  const due = alert.deliveries.filter(({ state }) => state === 'due')
  for (const { name } of policy.webhooks) {
    const own = due.filter(({ webhook }) => webhook === name)
    assert.ok(own.length > 0, name)
    assert.equal(
      Math.min(...own.map(({ due_since }) => due_since ?? 0)),
      startMs,
      'what gave way still counts as waiting',
    )
    const latest: Delivery = JSON.parse(JSON.stringify(own.at(-1)))
    assert.equal(JSON.parse(latest.body).data.alert_id, alert.id)
  }
})

test('log time that runs ahead of the clock does not delay a message', () => {
  const [delivery] = planDeliveries(
    wideAlert(),
    { notify: ['agent.alert.created'], at: startMs + hourMs },
    policyOf(1),
    startMs,
  ).deliveries
  assert.deepEqual([delivery?.next_attempt_at, delivery?.due_since], [startMs, startMs])
})
