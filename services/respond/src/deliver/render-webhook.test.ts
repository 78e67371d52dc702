import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleFindingOf, startMs } from '../../test-support/finding-of.ts'
import { alertOfFinding } from '../alert/alert-of-finding.ts'
import { alertSummary } from '../alert/alert-summary.ts'
import { bodyBytesMax, renderWebhook } from './render-webhook.ts'

const usual = 'for this agent and its 10 peers that has never fed bank/pay.to'
const finding = sampleFindingOf(1, {
  ...{ system: 'bank', action: 'pay', cause: 'data_flow', target: 'bank/pay.to', score: 33.25, event_id: 'run-81#4' },
  contributions: [
    {
      ...{ feature: 'flow_new_peers', value: 1, contribution: 33.25 },
      ...{ seen: 'to came only from mail/read (call 3)', expected: usual },
    },
  ],
  reasons: [`Value from a source new to its peers: to came only from mail/read (call 3), ${usual}`],
  evidence: {
    ...{ profile_events: 812, profile_days: 30.2518, peer_group: 'finance', peers: 10, knowledge_version: 3 },
    ...{ model: 'default', fed_by: ['run-81#3'] },
  },
  techniques: ['OWASP:ASI01', 'OWASP:LLM01:2025', 'ATLAS:AML.T0051.001'],
})
const alertOf = (given: typeof finding) => {
  const { tenant, agent, cause, target } = given
  const alert = alertOfFinding(given, { tenant, agent, cause, target })
  return { ...alert, summary: alertSummary(alert) }
}

test('the message that a SOC receives, golden', () => {
  const alert = alertOf(finding)
  const body = JSON.parse(renderWebhook(alert, 'agent.alert.created', startMs + 1500))
  assert.deepEqual(body, {
    type: 'agent.alert.created',
    timestamp: '2026-11-22T10:00:01.500Z',
    data: {
      ...{ alert_id: alert.id, revision: alert.revision, dedup_key: 'acme|invoice-bot|data_flow|bank/pay.to' },
      ...{ state: 'open', severity: 'high', confidence: 0.9999, summary: alert.summary },
      ...{ tenant: 'acme', agent: 'invoice-bot', owner: 'finance@acme.example', tier: 'low' },
      ...{ cause: 'data_flow', target: 'bank/pay.to' },
      ...{ first_seen: '2026-11-22T10:00:00.000Z', last_seen: '2026-11-22T10:00:00.000Z', finding_count: 1 },
      event_ids: ['run-81#4'],
      techniques: ['OWASP:ASI01', 'OWASP:LLM01:2025', 'ATLAS:AML.T0051.001'],
      findings: [
        {
          ...{ finding_id: 'fnd_0_1', event_id: 'run-81#4', time: '2026-11-22T10:00:00.000Z', score: 33.25, risk: 6.2 },
          reasons: finding.reasons,
          contributions: [
            {
              ...{ feature: 'flow_new_peers', contribution: 33.25 },
              ...{ expected: usual, seen: 'to came only from mail/read (call 3)' },
            },
          ],
          fed_by: ['run-81#3'],
          learnt_from: { events: 812, days: 30.252 },
        },
      ],
      ...{ response: 'alert', response_limited_by: null, command: null, close_reason: null },
      answer_with: [
        `straylight verdict ${alert.id} true --revision 1 --reason "…"`,
        `straylight verdict ${alert.id} false --revision 1 --reason "…"`,
      ],
      explain_with: [`straylight explain ${alert.id}`, 'straylight explain run-81#4'],
    },
  })
})

test('an id that a shell would take apart is in no command', () => {
  const body = JSON.parse(
    renderWebhook(alertOf({ ...finding, event_id: 'x; rm -rf ~' }), 'agent.alert.created', startMs),
  )
  assert.equal(body.data.explain_with.length, 1)
})

test('however long its names, a message stays below 20 kB', () => {
  const long = 'n'.repeat(9_000)
  const wide = { ...finding, target: long, reasons: [long, long, long], event_id: long.slice(0, 512) }
  const body = renderWebhook(alertOf({ ...wide, techniques: Array(50).fill(long) }), 'agent.alert.created', startMs)
  assert.ok(Buffer.byteLength(body) < bodyBytesMax)
  assert.ok(JSON.parse(body).data.alert_id.startsWith('alr_'))
})

test('promise 17: names are raw in the fields of a message and shown as what they are in its sentences', () => {
  const agent = 'inv\u043eice\u202e-bot'
  const alert = alertOf({
    ...finding,
    agent,
    cause: 'new_system',
    target: 'c\u200drm',
    reasons: ['system never used: c\u200drm'],
  })
  const { data } = JSON.parse(renderWebhook(alert, 'agent.alert.created', 0))
  assert.deepEqual([data.agent, data.target], [agent, 'c\u200drm'])
  assert.match(
    data.summary,
    /^inv\\u\{43E\}ice\\u\{202E\}-bot used a system it had never used: c\\u\{200D\}rm\. System/,
  )
  assert.deepEqual(data.findings[0].reasons, ['system never used: c\\u{200D}rm'])
})
