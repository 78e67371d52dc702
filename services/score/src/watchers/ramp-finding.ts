import { createHash } from 'node:crypto'
import { techniquesOf } from '@straylight/models/features/cause'
import { bytesText, numbered } from '@straylight/models/features/counts-in-words'
import { reasonText } from '@straylight/models/features/explanation'
import { withCredentialHolder } from '@straylight/models/scoring/credential-holder'
import { type LogPlace, subjectOf } from '@straylight/models/scoring/finding-of'
import type { Observed } from '@straylight/models/scoring/judge'
import type { SlowRamp } from '@straylight/models/scoring/slow-ramp'
import type { DailyKind } from '@straylight/models/session/daily-amounts'
import { counted } from '@straylight/schemas/counted'
import type { Finding } from '@straylight/schemas/finding'
import { topics } from '@straylight/schemas/topics'
import type { FindingContext } from './finding-context.ts'

/** Stands beyond every budget: weeks of an agent's own say that it does not grow like this. More of it scores higher, so a verdict silences no more than it saw. */
const leastScore = 12
const perDoubling = 4
const rampPValue = 1e-9
/** From four times the usual day on it is grave. */
const graveTimes = 4
/** A place of its own: the event may have a finding too. */
const topic = `${topics.events.name}#ramp`

/** What grows, as the target of its alert: one alert for each kind of amount. */
const targetOf: Readonly<Record<DailyKind, string>> = {
  sent: 'bytes sent a day',
  received: 'bytes received a day',
  records: 'records a day',
  calls: 'calls a day',
}

const amountText = (kind: DailyKind, amount: number): string => {
  if (kind === 'records') return numbered(amount, 'record')
  if (kind === 'calls') return numbered(amount, 'call')
  return `${bytesText(amount)} ${kind}`
}

/** An amount that grows day by day, with the event that took it so far. */
export function rampFinding(
  ramp: SlowRamp,
  { observed, place }: { readonly observed: Observed; readonly place: LogPlace },
  context: FindingContext,
): Finding {
  const { event, session } = observed
  const { kind, today, usual, usual_days: days, before, beyond } = ramp
  const expected =
    beyond === undefined
      ? `against ${amountText(kind, usual)} on a usual day (median of ${counted(days, 'day')} of the weeks before)`
      : `where the policy allows ${amountText(kind, beyond.limit)}`
  const after = before.map((amount) => amountText(kind, amount)).join(', ')
  const seen =
    beyond === undefined
      ? `${amountText(kind, today)} so far today, after about ${after} on the days before`
      : `${amountText(kind, beyond.growth)} more within seven days than in a week of those before`
  const title = beyond === undefined ? 'Grows day by day' : 'Grows beyond the limit'
  const score = leastScore + perDoubling * Math.max(0, Math.log2(today / Math.max(1, usual)))
  const identity = JSON.stringify([topic, kind, event.tenant, event.agent, event.id, event.content_hash])
  const finding: Finding = {
    ...subjectOf(event, {
      place: { ...place, topic },
      tier: context.tierOf(event.tenant, event.agent),
      session: session.session,
    }),
    ...(event.destinations === undefined ? {} : { destinations: event.destinations }),
    ...(event.credential === undefined ? {} : { credential_id: event.credential.id }),
    id: `fnd_${createHash('sha256').update(identity).digest('hex').slice(0, 24)}`,
    score,
    risk: score,
    p_value: rampPValue,
    severity: today >= graveTimes * usual ? 'high' : 'medium',
    cause: 'slow_ramp',
    target: targetOf[kind],
    held_out: false,
    contributions: [{ feature: 'slow_ramp', value: today / Math.max(1, usual), contribution: score, expected, seen }],
    reasons: [reasonText(title, { seen, expected })],
    evidence: {
      profile_events: observed.profile_events,
      profile_days: observed.profile_days,
      peer_group: observed.group,
      peers: observed.peers,
      knowledge_version: context.version,
      model: context.model,
    },
    techniques: techniquesOf('slow_ramp'),
  }
  return withCredentialHolder(finding, event, context)
}
