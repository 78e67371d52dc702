import type { HypotheticalDeed, WouldAlertAnswer } from '@straylight/console/contract/would-alert'
import { now, tenant } from './console-company.ts'

// What the scorer would say of the fixture's agents.

const deed = (
  kind: HypotheticalDeed['kind'],
  what: string,
  more: Partial<HypotheticalDeed> = {},
): HypotheticalDeed => ({
  ...{ kind, deed: what, alerts: false, quarantined: false, risk: 0.2, p_value: 0.4 },
  ...{ rarity: '40 % of ordinary sessions', cause: null, severity: null, reason: null },
  ...more,
})

const alerting = { alerts: true, quarantined: true, risk: 6, p_value: 0.0001, rarity: 'one ordinary session in 10,000' }

export const wouldAlertAnswer = (agent: string): WouldAlertAnswer => ({
  ...{ as_of: now, tenant, agent, knowledge_version: 12, profile_events: 18_220, profile_days: 61 },
  sentence: `${agent} would alert now if it uses a system that it never used, or if it sends 4.2 MB or more in one call of crm-eu/export.`,
  deeds: [
    deed('usual', 'makes its most usual call, crm-eu/read'),
    deed('when', 'makes its most usual call on a weekend between 03:00 and 06:00 UTC'),
    deed('amount', 'sends 4.2 MB or more in one call of crm-eu/export', {
      ...alerting,
      ...{
        cause: 'volume',
        severity: 'medium',
        reason: 'Far larger than any earlier call: 4.2 MB sent; largest: 900 kB',
      },
    }),
    deed('new', 'uses a system that it never used', {
      ...{ ...alerting, cause: 'new_system', severity: 'high', reason: 'New system, never in 18,220 events' },
    }),
    deed('rights', 'acts with the privilege admin', {
      quarantined: true,
      risk: 3,
      p_value: 0.01,
      rarity: '1 % of ordinary sessions',
    }),
  ],
  not_asked: ['What is found beside the score: shared credentials, silence, slow ramps, names that look like others.'],
})
