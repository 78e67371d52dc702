import type { PolicyTrialBody, TriedAlert } from '@straylight/console/contract/policy-trial'
import type { RouteAnswer } from '@straylight/console/contract/routes'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import { now } from './console-company.ts'

// What a proposed policy changes at the fixture's company.

const tried = (more: Partial<TriedAlert> = {}): TriedAlert => ({
  alert_id: null,
  event_id: 'evt-7738',
  ...{
    tenant: 'acme',
    agent: 'billing-bot-05',
    tier: 'high',
    cause: 'volume',
    target: 'crm-eu/export',
    severity: 'low',
  },
  ...{ answer: 'alert', summary: 'billing-bot-05 read 2,100 records at once; it usually reads 40.' },
  ...{ opened_at: now - dayMs, findings: 2 },
  ...more,
})
const noneTried = { items: [], more: false }

/** A policy with the word \"fault\" in it is wrong in its third line. */
export function policyTrial({ policy: text, weeks }: PolicyTrialBody): RouteAnswer<'tryPolicy'> {
  const of = { as_of: now, weeks, from: now - weeks * 7 * dayMs, until: now, more: false }
  if (text.includes('fault')) {
    const counts = { appear: 0, vanish: 0, change: 0, stay: 0, commands: 0 }
    return {
      ...{ ...of, findings: 0, says: [], not_tried: [], counts },
      sentence: 'The policy has 1 fault, so nothing was replayed.',
      faults: [{ line: 3, message: 'tiers.low.fault: there is no such setting' }],
      ...{ appear: noneTried, vanish: noneTried, change: noneTried, commands: noneTried },
    }
  }
  const known = tried({ alert_id: 'alr_fixture0001', severity: 'critical', answer: 'revoke' })
  return {
    ...{ ...of, findings: 214, faults: [], not_tried: ['What false verdicts keep quiet is taken as it was.'] },
    sentence:
      'Of 214 findings of the last 2 weeks, 1 alert appears, 1 alert vanishes; 1 command would no longer be sent.',
    says: ['Share of ordinary sessions that may alert: 0.002 instead of 0.001.'],
    counts: { appear: 1, vanish: 1, change: 1, stay: 11, commands: 1 },
    appear: { items: [tried()], more: false },
    vanish: { items: [tried({ alert_id: 'alr_fixture0003', agent: 'helpdesk-agent-11' })], more: false },
    change: { items: [{ before: known, after: { ...known, severity: 'high', answer: 'approve' } }], more: false },
    commands: {
      items: [
        {
          ...{ tenant: 'acme', agent: 'billing-bot-03', alert_id: 'alr_fixture0001', hits: 'credential jti:9c1e' },
          ...{ at: now - hourMs, before: 'sent', after: null },
        },
      ],
      more: false,
    },
  }
}
