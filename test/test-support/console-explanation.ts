import type { RouteAnswer } from '@straylight/console/contract/routes'
import { finding, now, tenant, trace } from './console-company.ts'

export const explanation: RouteAnswer<'explain'> = {
  as_of: now,
  event_id: 'evt-7738',
  agents: [
    {
      tenant,
      agent: 'billing-bot-03',
      event: trace[2] ?? null,
      findings: [],
      records: [],
      judged: 'judgement',
      lines: [
        'This event did not alert: 3 in 100 ordinary sessions reach its risk, and 0.5 in 100 may alert.',
        'It read one message from mail, which it does in 6 of 100 calls.',
        'It was learnt.',
      ],
      judgement: {
        alerts: false,
        score: 2.1,
        risk: 1.1,
        session_risk: 1.1,
        p_value: 0.03,
        budget: 0.005,
        quarantined: false,
        reasons: finding.reasons.slice(3, 4),
        knowledge_version: 41,
        model: 'straylight-default/3',
        peer_group: 'role billing',
        peers: 6,
        profile_events: 18_220,
        profile_days: 61,
      },
      query: "SELECT count() FROM events WHERE tenant = 'acme' AND agent = 'billing-bot-03'",
    },
  ],
  more: false,
}
