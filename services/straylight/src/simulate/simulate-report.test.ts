import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BrokerAnswer } from '@straylight/demo/broker/reference-broker'
import { alert, command, finding, from } from '../../test-support/observed.ts'
import { falseAlerts, type PlayedScenario, type PlayedTopics, scenarioOutcome } from './scenario-outcome.ts'
import { createSimulateReport } from './simulate-report.ts'
import { simulateSummary } from './simulate-summary.ts'

const answer = (code: BrokerAnswer['result']['status_code'] = 'applied'): BrokerAnswer =>
  ({
    command,
    result: { status_id: 1, status_code: code, time: from + 61_300, message: 'jti:9c1e7b52 revoked' },
  }) as unknown as BrokerAnswer

const played: PlayedScenario = {
  name: 'hijacked_helpdesk',
  agent: 'support-drusugam-1',
  from,
  sent_at: from + 60_000,
  calls: 20,
  calls_made: 6,
}
const observed = (over: Partial<PlayedTopics> = {}): PlayedTopics => ({
  findings: [finding()],
  alerts: [alert()],
  answers: [answer()],
  session_alert_rate: 0.0001,
  ...over,
})

test('every block fits 80 columns and says its label in words', () => {
  const report = createSimulateReport(false)
  const blocks = {
    finding: report.finding(finding()),
    alert: report.delivery(alert(), alert().deliveries[0]!),
    command: report.command(command),
    broker: report.answer(answer()),
    approval: report.asked(alert({ approval_deadline: from })),
    person: report.approved(alert(), 'demo-approver'),
  }
  for (const [label, lines] of Object.entries(blocks)) {
    assert.ok(lines[0]?.startsWith(label), `${label}: ${lines[0]}`)
    assert.deepEqual(
      lines.filter((line) => line.length > 80),
      [],
    )
  }
})

test('a finding shows what was expected and what was seen, the heaviest first', () => {
  const text = createSimulateReport(false).finding(finding()).join('\n')
  assert.match(text, /expected\s+gioheas-cases\/fetchCase 402 times/)
  assert.match(text, /seen\s+gioheas-cases\/deleteHistory/)
  assert.ok(text.indexOf('Step surprise') < text.indexOf('Unusual amount sent'))
  assert.match(text, /one\s+ordinary\s+session\s+in\s+500,000/)
})

test('colours are there when asked for, and never else', () => {
  const escapeCode = String.fromCharCode(27)
  const text = (color: boolean) => createSimulateReport(color).finding(finding()).join('\n')
  assert.ok(text(true).includes(escapeCode))
  assert.ok(!text(false).includes(escapeCode))
})

test('an outcome counts what belongs to its scenario, by agent and time', () => {
  assert.deepEqual(scenarioOutcome(played, observed()), {
    name: 'hijacked_helpdesk',
    agent: 'support-drusugam-1',
    findings: 1,
    alert: 'alr_0123456789abcdef0123',
    webhook_status: 204,
    command: 'cmd_1',
    broker_status: 'applied',
    seconds_to_effect: 1.3,
    calls: 20,
    calls_made: 6,
  })
})

test('findings beyond the budget and findings before the incident do not count', () => {
  const findings = [finding(), finding({ p_value: 0.01 }), finding({ time: from - 1 })]
  assert.equal(scenarioOutcome(played, observed({ findings })).findings, 1)
})

test('what did not happen is null', () => {
  const nothing = observed({ findings: [], alerts: [], answers: [] })
  const { alert, webhook_status, command, broker_status, seconds_to_effect } = scenarioOutcome(played, nothing)
  assert.deepEqual([alert, webhook_status, command, broker_status, seconds_to_effect], [null, null, null, null, null])
})

test('an alert about another agent, or from before the incident, is a false one', () => {
  const other = alert({ id: 'alr_other', agent: 'sales-zetrin-11' })
  const early = alert({ id: 'alr_early', first_seen: from - 1 })
  const alerts = [alert(), other, early]
  assert.deepEqual(
    falseAlerts([played], observed({ alerts })).map(({ id }) => id),
    ['alr_other', 'alr_early'],
  )
  assert.deepEqual(falseAlerts([{ ...played, other: 'sales-zetrin-11' }], observed({ alerts })).length, 1)
})

test('the summary is a table that fits, and tells a stopped incident from a missed one', () => {
  const stopped = scenarioOutcome(played, observed())
  const missed = scenarioOutcome(
    { ...played, name: 'shared_credential' },
    observed({ findings: [], alerts: [], answers: [] }),
  )
  const lines = simulateSummary(
    {
      scenarios: [stopped, missed],
      false_alerts: 0,
      ordinary_sessions: 112,
      seconds: 41,
      webhook: { received: [1, 2], refused: 0 },
    },
    false,
  )
  assert.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  )
  assert.match(lines.join('\n'), /1 of 2 incidents caught and stopped, 1 before the last call/)
  assert.match(lines[1] ?? '', /hijacked_helpdesk support-drusugam-1\s+1\s+204\s+applied\s+1\.3 s\s+6\/20/)
})
