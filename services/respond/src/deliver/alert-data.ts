import type { Alert, Restore, RoleChange } from '@straylight/schemas/alert'
import type { Finding } from '@straylight/schemas/finding'
import { visibleText } from '@straylight/schemas/visible-text'
import { byGravity } from '../alert/leading-finding.ts'
import { decidedAgainUntil } from '../alert/postponed-decisions.ts'
import { shortened } from '../alert/shortened.ts'
import { answerWith } from './answer-with.ts'

/** What a SOC expects on an alert; `detail` findings are reported with expected and seen. */
export function alertData(alert: Alert, detail: number) {
  const leading = [...alert.findings].sort(byGravity)
  return {
    alert_id: alert.id,
    revision: alert.revision,
    dedup_key: shortened([alert.tenant, alert.agent, alert.cause, alert.target].join('|'), 255),
    state: alert.state,
    severity: alert.severity,
    confidence: leading[0] === undefined ? null : 1 - leading[0].p_value,
    summary: alert.summary,
    tenant: shortened(alert.tenant, 512),
    agent: shortened(alert.agent, 512),
    owner: alert.owner === undefined ? null : shortened(alert.owner, 512),
    tier: alert.tier,
    ...(alert.role_change === undefined ? {} : { role_change: roleChangeData(alert.role_change) }),
    cause: alert.cause,
    target: shortened(alert.target, 512),
    first_seen: iso(alert.first_seen),
    last_seen: iso(alert.last_seen),
    finding_count: alert.finding_count,
    event_ids: alert.event_ids.slice(0, detail * 10).map((id) => shortened(id, 200)),
    techniques: [...new Set(leading.flatMap((finding) => finding.techniques))].slice(0, 20),
    findings: leading.slice(0, detail).map(findingData),
    response: alert.response,
    response_limited_by: alert.response_limited_by === undefined ? null : visibleText(alert.response_limited_by),
    ...(alert.limited_by_code === undefined ? {} : { limited_by_code: alert.limited_by_code }),
    ...(alert.postponed === undefined ? {} : { decided_again_until: iso(decidedAgainUntil(alert.postponed)) }),
    command: commandData(alert),
    ...(alert.restores === undefined ? {} : { restores: alert.restores.slice(-3).map(restoreData) }),
    close_reason: alert.close_reason ?? null,
    answer_with: answerWith(alert),
    explain_with:
      leading[0] === undefined
        ? []
        : [`straylight explain ${shortened(alert.id, 200)}`, ...eventsToExplain(leading[0])],
  }
}

/** Who began the same; the first fifty by name. */
const roleChangeData = ({ group, size, agents }: RoleChange) => ({
  group: shortened(group, 512),
  size,
  agent_count: agents.length,
  agents: agents.slice(0, 50).map(({ agent }) => shortened(agent, 200)),
})

function findingData(finding: Finding) {
  return {
    finding_id: finding.id,
    event_id: shortened(finding.event_id, 200),
    time: iso(finding.time),
    score: rounded(finding.score),
    risk: rounded(finding.risk),
    reasons: finding.reasons.slice(0, 3).map((reason) => shortened(visibleText(reason), 300)),
    contributions: finding.contributions.slice(0, 5).map((part) => ({
      feature: part.feature,
      contribution: rounded(part.contribution),
      expected: shortened(visibleText(part.expected), 200),
      seen: shortened(visibleText(part.seen), 200),
    })),
    fed_by: (finding.evidence.fed_by ?? []).slice(0, 3).map((id) => shortened(id, 200)),
    learnt_from: { events: finding.evidence.profile_events, days: rounded(finding.evidence.profile_days) },
  }
}

function commandData(alert: Alert) {
  const { command } = alert
  if (command === undefined) return null
  return {
    id: command.id,
    action: command.action,
    state: alert.command_state,
    match: command.scope.match,
    not_after: command.not_after,
    undo: command.undo,
  }
}

function restoreData({ command, by, state, result }: Restore) {
  return { id: command.id, of: command.undo.of, by: shortened(by, 200), state, result: result ?? null }
}

/** Only an id that a shell takes as one word is put into a command. */
const eventsToExplain = ({ event_id }: Finding): string[] =>
  /^\w[\w.:@/+#-]{0,199}$/.test(event_id) ? [`straylight explain ${event_id}`] : []

const iso = (ms: number): string => new Date(ms).toISOString()
const rounded = (value: number): number => Math.round(value * 1000) / 1000
