import { randomUUID } from 'node:crypto'
import type { Alert, Delivery } from '@straylight/schemas/alert'
import type { Policy } from '@straylight/schemas/policy'
import { renderFormat } from './render-webhook.ts'

/**
 * Messages that show whether a webhook works, in its own form and marked as a test: one, and for PagerDuty a second one that resolves the
 * incident of the first. They stand in no journal.
 */
export function testMessages({ name, format }: Policy['webhooks'][number], now: number): Delivery[] {
  const opened = testAlert(name, now)
  const closed: Alert = { ...opened, revision: 2, state: 'closed', closed_at: now, close_reason: 'quiet' }
  return (format === 'pagerduty' ? [opened, closed] : [opened]).map((alert) => ({
    webhook: name,
    message_id: `msg_test_${randomUUID()}`,
    event: 'agent.webhook.test',
    body: renderFormat(format, alert, 'agent.webhook.test', now),
    ...(format === undefined ? {} : { format }),
    attempts: 0,
    state: 'due',
    next_attempt_at: now,
  }))
}

function testAlert(webhook: string, now: number): Alert {
  return {
    id: `alr_test_${randomUUID()}`,
    revision: 1,
    tenant: 'test',
    agent: 'straylight-test',
    tier: 'low',
    cause: 'behaviour',
    target: 'nothing',
    state: 'open',
    severity: 'low',
    summary: `This is a test of webhook ${webhook} by straylight doctor. Nothing has happened, and there is nothing to do.`,
    ...{ opened_at: now, first_seen: now, last_seen: now, evidence_at: now },
    finding_count: 1,
    findings: [],
    event_ids: [],
    response: 'observe',
    command_state: 'none',
    verdicts: [],
    deliveries: [],
  }
}
