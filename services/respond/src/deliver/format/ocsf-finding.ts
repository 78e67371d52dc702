import type { Alert } from '@straylight/schemas/alert'
import type { Finding, Severity } from '@straylight/schemas/finding'
import { visibleText } from '@straylight/schemas/visible-text'
import { byGravity } from '../../alert/leading-finding.ts'
import { shortened } from '../../alert/shortened.ts'
import { techniquesByList } from './techniques-by-list.ts'
import { type AlertMessage, jsonRequest, meaningByStatus, type WebhookRenderer } from './webhook-renderer.ts'

type Enumerated = readonly [id: number, name: string]

const severities: Record<Severity, Enumerated> = {
  low: [2, 'Low'],
  medium: [3, 'Medium'],
  high: [4, 'High'],
  critical: [5, 'Critical'],
}

/**
 * OCSF 1.6, Detection Finding (class 2004): https://schema.ocsf.io/1.6.0/classes/detection_finding. Times are milliseconds since 1970 UTC.
 * Expected against seen is `anomaly_analyses`; each of the gravest findings is an evidence.
 */
export const ocsfFinding: WebhookRenderer = {
  bodyOf: (message, detail) => {
    const { alert, at } = message
    const leading = [...alert.findings].sort(byGravity).slice(0, Math.max(detail, 0))
    const [activity_id, activity_name] = activityOf(message)
    const [severity_id, severity] = severities[alert.severity]
    const [status_id, status] = statusOf(alert)
    return {
      ...{ category_uid: 2, category_name: 'Findings', class_uid: 2004, class_name: 'Detection Finding' },
      ...{ activity_id, activity_name, type_uid: 200_400 + activity_id },
      type_name: `Detection Finding: ${activity_name}`,
      message: alert.summary,
      ...{ time: at, start_time: alert.first_seen, end_time: alert.last_seen },
      ...{ severity_id, severity, status_id, status, is_alert: true },
      ...confidenceOf(alert),
      count: alert.finding_count,
      metadata: {
        version: '1.6.0',
        uid: `${alert.id}.${alert.revision}.${message.event}`,
        product: { vendor_name: 'Straylight', name: 'Straylight' },
        tenant_uid: shortened(alert.tenant, 512),
        event_code: message.event,
        correlation_uid: alert.id,
      },
      finding_info: findingInfoOf(alert),
      ...analysesOf(alert, leading),
      ...(leading.length === 0 ? {} : { evidences: leading.map(evidenceOf) }),
      resources: [{ name: shortened(alert.target, 512), type: alert.cause }],
      unmapped: {
        owner: alert.owner === undefined ? null : shortened(alert.owner, 512),
        ...{ tier: alert.tier, response: alert.response, command_state: alert.command_state },
        ...{ revision: alert.revision, answer_with: message.answers },
      },
    }
  },
  requestOf: (parts) => {
    const { body, headers } = jsonRequest(parts)
    return {
      body,
      headers: { ...headers, ...(parts.token === undefined ? {} : { authorization: `Bearer ${parts.token}` }) },
    }
  },
  meaningOf: meaningByStatus,
}

function activityOf({ alert, event }: AlertMessage): Enumerated {
  if (alert.state === 'closed') return [3, 'Close']
  return event === 'agent.alert.created' || event === 'agent.webhook.test' ? [1, 'Create'] : [2, 'Update']
}

function statusOf({ state }: Alert): Enumerated {
  if (state === 'closed') return [4, 'Resolved']
  return state === 'awaiting_approval' ? [2, 'In Progress'] : [1, 'New']
}

/** As `confidence` of our own webhooks: one less the share of ordinary sessions that go so far, in percent. */
function confidenceOf({ findings }: Alert) {
  const lead = [...findings].sort(byGravity)[0]
  if (lead === undefined) return {}
  const confidence_score = Math.round(100 * (1 - lead.p_value))
  const [confidence_id, confidence] =
    confidence_score >= 90 ? [3, 'High'] : confidence_score >= 50 ? [2, 'Medium'] : [1, 'Low']
  return { confidence_id, confidence, confidence_score }
}

function findingInfoOf(alert: Alert) {
  const { atlas, others } = techniquesByList(alert)
  const attacks = atlas.map((uid) => ({ technique: { uid } }))
  return {
    uid: alert.id,
    title: shortened(alert.summary, 200),
    desc: alert.summary,
    types: [alert.cause],
    created_time: alert.opened_at,
    first_seen_time: alert.first_seen,
    last_seen_time: alert.last_seen,
    analytic: { uid: alert.cause, name: alert.cause.replaceAll('_', ' '), type_id: 2, type: 'Behavioral' },
    related_events_count: alert.finding_count,
    ...(attacks.length === 0 ? {} : { attacks }),
    ...(others.length === 0 ? {} : { tags: [{ name: 'techniques', values: others }] }),
  }
}

/** What is usual and what was seen, feature by feature; left out where no finding compares anything, as the class asks for one at least. */
function analysesOf(alert: Alert, leading: readonly Finding[]) {
  const parts = leading.flatMap(({ contributions, evidence }) =>
    contributions.slice(0, 5).map((part) => ({ ...part, learnt: evidence.profile_events })),
  )
  if (parts.length === 0) return {}
  const text = (value: string): string => shortened(visibleText(value), 200)
  const analysis = {
    analysis_targets: [{ name: shortened(alert.agent, 512), type: 'AI agent' }],
    anomalies: parts.map(({ feature, seen }) => ({
      observation_parameter: feature,
      observed_pattern: text(seen),
      observations: [{ value: text(seen), count: 1 }],
    })),
    baselines: parts.map(({ feature, expected, learnt }) => ({
      observation_parameter: feature,
      observed_pattern: text(expected),
      observations: [{ value: text(expected), count: learnt }],
    })),
  }
  return { anomaly_analyses: [analysis] }
}

const evidenceOf = (finding: Finding) => ({
  uid: finding.id,
  name: shortened(visibleText(finding.reasons[0] ?? finding.cause), 300),
  actor: {
    user: {
      name: shortened(finding.agent, 512),
      ...{ type_id: 4, type: 'Service' },
      ...(finding.credential_id === undefined ? {} : { credential_uid: shortened(finding.credential_id, 200) }),
    },
    session: { uid: shortened(finding.session, 200) },
  },
  api: {
    operation: shortened(finding.action, 200),
    service: { name: shortened(finding.system, 200) },
    request: { uid: shortened(finding.event_id, 200) },
  },
})
