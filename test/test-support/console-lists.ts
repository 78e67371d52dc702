import type { RouteAnswer, RouteBody } from '@straylight/console/contract/routes'
import { consequencesOf, queue } from './console-answers.ts'
import { agents, alertRow, commandDetail, companyAlerts, now, tenant, trace } from './console-company.ts'

// The shorter answers of the fixture, and what its verdicts do.

const minuteMs = 60_000
const day = 24 * 60 * minuteMs
const part = <Item>(items: Item[], more = false) => ({ items, more })

export function alertPage({ search = '', state = 'open' }: Readonly<Record<string, string>>): RouteAnswer<'alerts'> {
  const shown = [...queue.values()].filter((alert) => {
    const right = state === 'all' || (state === 'open' ? alert.state !== 'closed' : alert.state === state)
    return right && (search === '' || `${alert.summary} agent:${alert.agent}`.includes(search))
  })
  return { as_of: now, items: shown, next: null, total: shown.length, total_max: 10_000 }
}

export const alertGroups: RouteAnswer<'alertGroups'> = {
  as_of: now,
  groups: ['billing-bot-03', 'helpdesk-agent-11', 'deploy-runner-2'].map((name, at) => ({
    tenant,
    name,
    alerts: 3 - at,
    severities: { low: 0, medium: at === 2 ? 1 : 0, high: at < 2 ? 1 : 0, critical: at === 0 ? 1 : 0 },
    newest_at: now - at * 40 * minuteMs,
    search: `agent:${name}`,
  })),
  more: false,
}

export function giveVerdicts(body: RouteBody<'verdicts'>): RouteAnswer<'verdicts'> {
  return {
    answers: body.alerts.map(({ id }) => {
      const alert = queue.get(id)
      if (alert === undefined) throw new Error(`no alert ${id}`)
      const command_state = body.answer === 'approve' ? 'applied' : alert.command_state
      const verdict = { answer: body.answer, issuer: 'ada', time: now }
      queue.set(id, { ...alert, state: 'closed', closed_at: now, close_reason: 'verdict_true', command_state, verdict })
      return {
        alert_id: id,
        verdict_id: `vdt_${id}`,
        accepted: true,
        code: 'accepted',
        message:
          body.answer === 'approve' ? 'Approved: the broker revoked tok-billing-77.' : 'Noted: the alert is closed.',
        command_id: alert.command_id,
        command_state,
      }
    }),
  }
}

export function assigned({ alert_id, assignee }: RouteBody<'assign'>): RouteAnswer<'assign'> {
  const alert = queue.get(alert_id)
  const shown = assignee === null ? null : { name: assignee, by: 'ada', time: now }
  if (alert !== undefined) queue.set(alert_id, { ...alert, assignee: shown })
  return { alert_id, assignee, assigned_by: 'ada', assigned_at: now }
}

export function restored({ command_id }: RouteBody<'restore'>): RouteAnswer<'restore'> {
  const alert = [...queue.values()].find((one) => one.command_id === command_id)
  if (alert !== undefined) queue.set(alert.id, { ...alert, command_state: 'restored' })
  return {
    answers: [
      {
        alert_id: alert?.id ?? '',
        verdict_id: 'vdt_restore',
        accepted: true,
        code: 'accepted',
        message: 'Taken back: the broker restored tok-billing-77.',
        command_id,
        command_state: 'restored',
      },
    ],
  }
}

export const session: RouteAnswer<'session'> = {
  as_of: now,
  items: trace,
  next: null,
  tenant,
  agent: 'billing-bot-03',
  session: 'ses-2210',
  events: trace.length,
  started_at: now - 54 * minuteMs,
  last_at: now - 40 * minuteMs,
  ended: { at: now - 38 * minuteMs, highest_score: 31.42, highest_risk: 9.7, usual: false },
  alerts: companyAlerts.slice(0, 2).map(({ id }) => id),
}

export function approvals(): RouteAnswer<'approvals'> {
  const waiting = [...queue.values()].filter(({ state }) => state === 'awaiting_approval')
  const decided = [...queue.values()].filter(({ command_state }) => command_state === 'applied')
  return {
    as_of: now,
    waiting: part(
      waiting.map((alert) => ({ alert, command: commandDetail(alert), consequences: consequencesOf(alert) })),
    ),
    decided: part(decided.map((alert) => ({ alert, command: commandDetail(alert, { approved_by: 'ada' }) }))),
  }
}

export const suppressionList: RouteAnswer<'suppressions'> = {
  ...part([
    {
      issuer: 'ada',
      role: 'analyst' as const,
      reason: 'the yearly migration, announced',
      verdict_id: 'vdt_1',
      until: now + 11 * day,
      tenant,
      agent: 'billing-bot-05',
      cause: 'session_volume' as const,
      target: 'ledger',
      score_max: 18.4,
      alert_id: alertRow(500).id,
      from: now - 3 * day,
      sentence: 'Volume in a session of billing-bot-05 on ledger.',
    },
  ]),
  as_of: now,
  knowledge_version: 41,
}

export const rejectionList: RouteAnswer<'rejections'> = {
  ...part([
    {
      code: 'invalid_field',
      path: 'records',
      origin: 'audit.ndjson',
      kind: 'records: expected a whole number, and the record has "…"',
      count: 96,
      newest_at: now - 90 * minuteMs,
      sample: {
        reason: 'records: expected a whole number, and the record has "many"',
        topic: 'agent.audit.v1',
        partition: 2,
        offset: 18_201,
        origin: 'audit.ndjson',
        formats: ['native'],
        head: '{"id":"e-1","time":"2026-11-22T10:00:00Z","agent":"bot","system":"crm","action":"contacts.read","records":"many"}',
      },
    },
  ]),
  as_of: now,
  read: 128,
}

export const registryGaps: RouteAnswer<'registryGaps'> = {
  as_of: now,
  lookalikes: part(agents.slice(0, 1).map((agent) => ({ agent, looks_like: 'billing-bot-03' }))),
  renames: part(
    agents.slice(1, 2).map((agent) => ({
      ...{ agent, looks_like: 'billing-bot-04', alike: '97 % of steps' },
      write: `- { agent: billing-bot-04, aliases: [${agent.agent}] }`,
    })),
  ),
  unowned: part(agents.filter(({ owner, registered }) => owner === null && registered)),
  unregistered: part(agents.filter(({ registered }) => !registered)),
  never_seen: part(agents.filter(({ state }) => state === 'never_seen')),
  unbounded: part(agents.slice(6, 8), true),
}

export const policy: RouteAnswer<'policy'> = {
  as_of: now,
  id: 'acme',
  version: 7,
  file: '/etc/straylight/policy.yaml',
  sentences: [
    'A critical finding of an agent of tier high revokes its credential once a person has approved it within 15 minutes.',
    'At most 3 commands in 10 minutes go out, and at most 5 % of the agents of a tenant are hit.',
    'A false verdict keeps its like quiet for 14 days, and never longer than 90.',
  ],
  text: 'id: acme\nversion: 7\nbudget:\n  session_alert_rate: 0.001\n',
  issuers: [{ name: 'ada', roles: ['analyst', 'approver'], tenants: [] }],
  webhooks: [{ name: 'soc', format: 'slack', severity_min: 'medium' }],
}

export const health: RouteAnswer<'health'> = {
  as_of: now,
  name: 'acme production',
  version: '0.1.0',
  started_at: now - 3 * day,
  ready: true,
  reasons: [],
  notes: ['The webhook soc answered after 3 attempts.'],
  stages: ['ingest', 'baseline', 'score', 'respond'],
  lag: ['ingest', 'baseline', 'score', 'respond'].map((stage, at) => ({ stage, records: at * 7 })),
  knowledge: { version: 41, made_at: now - 6 * 60 * minuteMs, learnt_until: now - day, model: 'straylight-default/3' },
  store: { kind: 'embedded', newest_event_at: now - minuteMs, events: 1_204_331 },
  log: 'embedded',
  rejections_7_days: 128,
  set_aside_30_days: 0,
  questions: { waiting: 0, waiting_max: 64, answer_ms_p95: 41 },
}
