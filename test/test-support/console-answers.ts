import type { AgentDetail } from '@straylight/console/contract/agent-detail'
import type { AlertDetail, Consequence } from '@straylight/console/contract/alert-detail'
import type { AlertRow } from '@straylight/console/contract/alert-row'
import type { RouteAnswer } from '@straylight/console/contract/routes'
import {
  agents,
  alertRow,
  commandDetail,
  companyAlerts,
  companyWaitingAlert,
  finding,
  now,
  trace,
  verdictOf,
} from './console-company.ts'

const minuteMs = 60_000
const hour = 60 * minuteMs
const day = 24 * hour

/** The alerts as they stand; verdicts of a test change them. */
export const queue = new Map(companyAlerts.map((alert) => [alert.id, alert]))

export const consequencesOf = (alert: AlertRow): Consequence[] => {
  const waits = alert.state === 'awaiting_approval'
  const open = alert.state !== 'closed'
  const command = { command_id: alert.command_id }
  const whyNot = waits ? null : 'No command waits for approval.'
  const closed = open ? null : 'The alert is closed.'
  const all: Omit<Consequence, 'passkey'>[] = [
    {
      answer: 'approve',
      allowed: waits,
      why_not: whyNot,
      sentences: ['The command goes to the broker at once: it revokes tok-billing-77.', 'You can take it back.'],
      ...command,
    },
    {
      answer: 'reject',
      allowed: waits,
      why_not: whyNot,
      sentences: ['Nothing is revoked, and the alert is closed.'],
      ...command,
    },
    {
      answer: 'true',
      allowed: open,
      why_not: closed,
      sentences: ['The alert is closed as true.', 'Its events are never learnt.'],
      command_id: null,
    },
    {
      answer: 'false',
      allowed: open,
      why_not: closed,
      sentences: [
        'The alert is closed as false and its events are learnt.',
        'The like of it is kept quiet for 14 days.',
      ],
      command_id: null,
    },
  ]
  return all.map((one) => ({ ...one, passkey: null }))
}

export function alertDetail(alert: AlertRow): AlertDetail {
  const applied = commandDetail(alert, {
    sent_at: now - 38 * minuteMs,
    answered_at: now - 38 * minuteMs + 900,
    answer: { status_code: 'applied', message: 'one credential revoked' },
    can_restore: true,
  })
  const command = alert.command_state === 'applied' ? applied : commandDetail(alert)
  return {
    as_of: now,
    alert,
    decision:
      alert.state === 'awaiting_approval'
        ? ['The policy asks a person before it revokes a credential of an agent of tier high.']
        : ['The policy alerts at this tier and severity, and revokes nothing.'],
    findings: [
      finding,
      {
        ...finding,
        id: 'fnd_fixture0002',
        event_id: 'evt-7739',
        score: 14.2,
        sentences: ['It read 41,200 records; 900 is its most in a usual day.'],
      },
    ],
    events: { items: trace, more_before: true, more_after: false },
    risk: Array.from({ length: 60 }, (_none, at) => ({
      session: `ses-${2151 + at}`,
      ended_at: now - (60 - at) * 9 * hour,
      running: at === 59,
      risk: at === 59 ? 9.7 : ((at * 29) % 17) / 8 - 0.9,
      this: at === 59,
    })),
    peers: {
      group: 'role billing',
      peers: 6,
      that_do: 0,
      examples: ['billing-bot-01', 'billing-bot-02'],
      sentence: 'None of 6 peers in the role billing ever did http/files.upload.',
    },
    provenance: {
      calls: trace.slice(2, 5).map(({ event_id, time, system, action }, at) => ({
        event_id,
        time,
        step: `${system}/${action}`,
        reported: at === 2,
      })),
      feeds: [
        { from: 'evt-7739', to: 'evt-7741', argument: 'body' },
        { from: 'evt-7738', to: 'evt-7739', argument: 'segment' },
      ],
      more: true,
      sentence:
        'The argument body of http/files.upload came out of crm-eu/contacts.export, which was asked with the argument segment out of mail/messages.read.',
    },
    alike: {
      items: [
        {
          alert: alertRow(300, {
            state: 'closed',
            severity: 'medium',
            closed_at: now - 9 * day,
            close_reason: 'verdict_true',
          }),
          why: 'same_agent',
          verdicts: [verdictOf(alertRow(300), 'true')],
        },
        { alert: alertRow(500, { agent: 'billing-bot-05', severity: 'low' }), why: 'same_target', verdicts: [] },
      ],
      more: false,
    },
    commands: alert.command_id === null ? [] : [command],
    verdicts: alert.state === 'closed' ? [verdictOf(alert, 'true')] : [],
    consequences: consequencesOf(alert),
    answer_with: [`straylight verdict ${alert.id} true --reason "…"`],
  }
}

const spread = (median: number) => ({ median, p99: median * 2.1, max: median * 2.6 })
const usual = {
  periods: 44,
  calls: spread(300),
  sent: spread(1_100_000),
  received: spread(9_000_000),
  records: spread(700),
}

const volumePoints = (count: number, step: number) =>
  Array.from({ length: count }, (_none, at) => {
    const part = 0.5 + ((at * 31) % 19) / 19
    return {
      time: now - (count - at) * step,
      calls: Math.round(300 * part),
      sent: at === count - 1 ? 65_000_000 : Math.round(1_100_000 * part),
      received: Math.round(9_000_000 * part),
      records: Math.round(700 * part),
    }
  })

const hoursOfWeek = Array.from({ length: 168 }, (_none, at) => {
  const hourOfDay = at % 24
  return at < 120 && hourOfDay >= 7 && hourOfDay < 18 ? 20 + ((at * 13) % 17) : at === 147 ? 4 : 0
})

const used = (system: string, share: number, within: boolean | null) => ({
  system,
  first_time: now - 60 * day,
  last_time: now - 20 * minuteMs,
  events: Math.round(18_220 * share),
  not_learnt: within === false ? Math.round(18_220 * share) : 0,
  share,
  steps: 3,
  within_boundary: within,
})

export const agentDetail = (name: string): AgentDetail => {
  const agent = agents.find((one) => one.agent === name) ?? agents[0]
  if (agent === undefined) throw new Error('the company has no agents')
  return {
    as_of: now,
    agent,
    state_sentence: 'A command that waits for approval would take its credential tok-billing-77.',
    revocations: [
      {
        sentence: 'Its credential tok-billing-76 was revoked at 2026-11-20 09:12 UTC, since mail-sorter used it.',
        ...{ state: 'revoked', command_id: 'cmd_fixture0076', alert_id: alertRow(2).id },
      },
    ],
    aliases: ['arn:aws:iam::123456789012:role/billing-bot-03', 'svc-billing-03'],
    boundary: { systems: ['ledger', 'crm-eu', 'mail', 'archive'], actions: null },
    credentials: {
      items: [
        {
          id: 'tok-billing-77',
          bound: true,
          first_used_at: now - 9 * day,
          last_used_at: now - 20 * minuteMs,
          issued_at: now - 9 * day,
          expires_at: now + 5 * day,
          events: 3020,
        },
        {
          id: 'tok-old-12',
          bound: false,
          first_used_at: now - 60 * day,
          last_used_at: now - 31 * day,
          issued_at: null,
          expires_at: now - 30 * day,
          events: 800,
        },
        ...[13, 14, 15, 16, 17].map((at) => ({
          ...{ id: `tok-old-${at}`, bound: false, issued_at: null, expires_at: null, events: 10 * at },
          ...{ first_used_at: now - 90 * day, last_used_at: now - at * 5 * day },
        })),
      ],
      more: false,
    },
    changes: [{ time: new Date(now - 2 * day).toISOString(), what: 'tool', systems: ['http'], relearn_days: 7 }],
    peer_group: 'role billing',
    peers: {
      items: agents
        .filter(({ agent: peer }) => peer.startsWith('billing-bot') && peer !== name)
        .map((peer, at) => ({ agent: peer.agent, day: { ...usual, calls: spread(200 + 40 * at) }, risk: peer.risk })),
      more: false,
    },
    systems: {
      items: [
        used('ledger', 0.81, true),
        used('crm-eu', 0.12, true),
        used('mail', 0.06, true),
        used('http', 0.0002, false),
      ],
      more: false,
    },
    actions: {
      items: ['ledger/entries.read', 'crm-eu/contacts.read', 'mail/messages.read', 'http/files.upload'].map(
        (step, at) => ({
          system: step.split('/')[0] ?? '',
          step,
          first_time: now - 60 * day,
          last_time: now - 20 * minuteMs,
          days: 44 - at,
          events: Math.round(15_000 / (at + 1)),
          not_learnt: at === 3 ? 1 : 0,
          share: 0.8 / (at + 1) ** 2,
          peers_that_do: at === 3 ? 0 : 6,
          peers: 6,
          within_boundary: at !== 3,
        }),
      ),
      more: false,
    },
    least_privilege: {
      bounded: true,
      granted_systems: ['ledger', 'crm-eu', 'mail', 'archive'],
      granted_actions: [],
      unused_systems: ['archive'],
      unused_actions: [],
      used_outside: ['http/files.upload'],
      scopes: ['ledger.read', 'crm.export'],
      days: 61,
      sentences: [
        'It may use 4 systems and used 3 of them in 61 days: archive could be taken away.',
        'It used http, which its boundary does not allow.',
      ],
    },
    volumes: {
      by_day: volumePoints(44, day),
      by_hour: volumePoints(168, hour),
      day: usual,
      hour: { ...usual, calls: spread(20) },
    },
    hours_of_week: hoursOfWeek,
    destinations: {
      items: [
        {
          destination: 'files.paste-bin.example',
          internal: false,
          first_time: now - 42 * minuteMs,
          last_time: now - 42 * minuteMs,
          days: 1,
          events: 1,
          not_learnt: 1,
          sent: 64_000_000,
        },
        {
          destination: 'reports.acme.example',
          internal: true,
          first_time: now - 60 * day,
          last_time: now - 2 * hour,
          days: 44,
          events: 420,
          not_learnt: 0,
          sent: 9_100_000,
        },
      ],
      more: false,
    },
    learnt_lately: {
      items: [
        {
          kind: 'destination',
          name: 'files.paste-bin.example',
          first_time: now - 42 * minuteMs,
          events: 1,
          learnt: false,
        },
        { kind: 'step', name: 'http/files.upload', first_time: now - 42 * minuteMs, events: 1, learnt: false },
      ],
      more: false,
    },
    risk: Array.from({ length: 90 }, (_none, at) => ({
      session: `ses-${2121 + at}`,
      started_at: now - (90 - at) * 9 * hour - hour,
      ended_at: now - (90 - at) * 9 * hour,
      running: at === 89,
      events: 20 + (at % 9),
      score: 2 + ((at * 7) % 5),
      risk: at === 89 ? 9.7 : ((at * 29) % 17) / 8 - 0.9,
    })),
    findings: [finding],
    alerts: { items: [companyWaitingAlert, alertRow(2)], more: true },
  }
}

const severities = (low: number, medium: number, high: number, critical: number) => ({ low, medium, high, critical })

export const overview: RouteAnswer<'overview'> = {
  as_of: now,
  agents: { total: 42, states: { watched: 36, learning: 2, held: 1, silent: 2, never_seen: 1 } },
  riskiest: agents.slice(0, 5),
  alerts: {
    open: severities(6, 1, 2, 1),
    awaiting_approval: 1,
    awaiting_place: 1,
    by_hour: Array.from({ length: 22 }, (_none, at) => ({
      time: Math.floor(now / hour) * hour - (160 - at * 7) * hour,
      severities: severities(at % 3, at % 2, at % 5 === 0 ? 1 : 0, at === 20 ? 1 : 0),
    })),
    gravest: companyAlerts.slice(0, 4),
  },
  budget: {
    asked: 0.005,
    weeks: Array.from({ length: 9 }, (_none, at) => ({
      week: now - (9 - at) * 7 * day,
      sessions: 2100 + at * 20,
      alerted: 8 + (at % 4),
      realised: (8 + (at % 4)) / (2100 + at * 20),
    })),
  },
  commands: { sent: 3, applied: 2, refused: 0, unanswered: 1, restored: 0, credentials_revoked: 2 },
  lacks: [
    {
      kind: 'strangers',
      serious: true,
      sentence: '1 agent that the registry does not know sent 3,020 events: register it.',
      count: 1,
    },
    { kind: 'rejected', serious: false, sentence: '128 records of the last 7 days could not be read.', count: 128 },
  ],
}
