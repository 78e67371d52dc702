import { createHash } from 'node:crypto'
import type { Tier } from '@straylight/schemas/agent'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { Cause, Contribution, Finding, Severity } from '@straylight/schemas/finding'
import { leadingCause, techniquesOf } from '../features/cause.ts'
import { featureTitle } from '../features/explain-feature.ts'
import { reasonText } from '../features/explanation.ts'
import type { Judgement } from './judge.ts'
import type { LearningDay } from './learning.ts'

/** Where the event stood in the log that it was judged from. */
export interface LogPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly log_time: number
}

/** Reasons reported, and the least contribution (nats) that makes one. */
const reasonsMax = 5
const reasonMin = 1.5

/** How much rarer than the budget an event is: each two or three powers of ten raise the severity. */
export function severityOf(pValue: number, sessionAlertRate: number): Severity {
  const times = sessionAlertRate / Math.max(pValue, 1e-300)
  if (times >= 10_000) return 'critical'
  if (times >= 100) return 'high'
  return times >= 10 ? 'medium' : 'low'
}

/**
 * A function of the event and of the topic that it was judged from: a finding made twice, by whichever instance and
 * however the log was split, is the same finding.
 */
export const findingIdOf = (
  topic: string,
  event: Pick<AgentEvent, 'tenant' | 'agent' | 'id' | 'content_hash'>,
): string =>
  `fnd_${createHash('sha256')
    .update(JSON.stringify([topic, event.tenant, event.agent, event.id, event.content_hash]))
    .digest('hex')
    .slice(0, 24)}`

/** Causes that speak of all that an agent does in a while. */
const agentCauses: ReadonlySet<Cause> = new Set([
  ...(['window_volume', 'rate', 'destructive_burst', 'refused_burst'] as const),
  ...(['fan_out', 'unusual_time', 'new_source'] as const),
])

function targetOf({ observed }: Judgement, cause: Cause): string {
  const { event, targets } = observed
  const step = `${event.system}/${event.action}`
  if (cause === 'new_system') return event.system
  if (cause === 'new_destination') return targets.destination ?? step
  if (cause === 'data_flow') return targets.sink ?? step
  if (cause === 'privilege') return targets.privilege ?? step
  if (cause === 'credential_expired' || cause === 'credential_age') return event.credential?.id ?? step
  if (cause === 'new_delegation') return event.parent_agent ?? step
  if (cause === 'outside_boundary') return step
  if (cause === 'public_exposure') return event.resource ?? step
  // Reported once for the agent, whichever of its steps tipped the window over.
  if (agentCauses.has(cause)) return event.agent
  return cause === 'session_volume' ? observed.session.session : step
}

/** What a finding tells of its event. */
export type Subject = Pick<
  AgentEvent,
  'tenant' | 'agent' | 'owner' | 'id' | 'time' | 'system' | 'action' | 'registered' | 'content_hash' | 'position'
> &
  Partial<Pick<AgentEvent, 'resource' | 'privilege'>>

/** Whom and what a finding is about, and where its event stands: the same for whatever was found. */
export function subjectOf(event: Subject, about: { place: LogPlace; tier: Tier; session: string }) {
  const { place, tier, session } = about
  return {
    id: findingIdOf(place.topic, event),
    tenant: event.tenant,
    agent: event.agent,
    ...(event.owner === undefined ? {} : { owner: event.owner }),
    tier,
    registered: event.registered,
    session,
    event_id: event.id,
    log: { topic: place.topic, partition: place.partition, offset: place.offset },
    source: { partition: event.position.partition, offset: event.position.offset, index: event.position.index },
    time: event.time,
    log_time: place.log_time,
    system: event.system,
    action: event.action,
    ...(event.resource === undefined ? {} : { resource: event.resource }),
    ...(event.privilege === undefined ? {} : { privilege: event.privilege }),
  }
}

/** Tells a judgement as a finding. `tier` comes from the registry. */
export function findingOf(judgement: Judgement, place: LogPlace, tier: Tier): Finding {
  const { observed, contributions } = judgement
  const { event, judging } = observed
  const { fed_by = [] } = observed.targets
  const cause = leadingCause(contributions)
  return {
    ...subjectOf(event, { place, tier, session: observed.session.session }),
    ...(event.destinations === undefined ? {} : { destinations: event.destinations }),
    ...(event.credential === undefined ? {} : { credential_id: event.credential.id }),
    score: judgement.score,
    risk: judgement.risk,
    p_value: judgement.p_value,
    severity: severityOf(judgement.p_value, judging.sessionAlertRate),
    cause,
    target: targetOf(judgement, cause),
    held_out: observed.held_out,
    ...(observed.relearning === undefined ? {} : { relearning: observed.relearning }),
    contributions: [...contributions],
    reasons: [...reasonsOf(contributions), ...learningReason(observed.learning)],
    evidence: {
      profile_events: observed.profile_events,
      profile_days: observed.profile_days,
      peer_group: observed.group,
      peers: observed.peers,
      knowledge_version: judging.version,
      model: judging.model.artifact.name,
      ...(observed.learning === undefined ? {} : { learning_day: Math.floor(observed.learning.day) }),
      ...(fed_by.length === 0 ? {} : { fed_by: [...fed_by] }),
    },
    techniques: techniquesOf(cause),
  }
}

/** Whoever reads an alert of the first weeks should know that what is usual is not yet known. */
const learningReason = (learning: LearningDay | undefined): string[] =>
  learning === undefined
    ? []
    : [
        `Still learning what is usual here: day ${Math.floor(learning.day) + 1} of ${Math.ceil(learning.days)}, so what is new counts little`,
      ]

/** The strongest first, what a person can check before the network's word. */
function reasonsOf(contributions: readonly Contribution[]): string[] {
  return [
    ...contributions.filter(({ feature }) => feature !== 'network'),
    ...contributions.filter(({ feature }) => feature === 'network'),
  ]
    .filter(({ contribution }) => contribution >= reasonMin)
    .slice(0, reasonsMax)
    .map(({ feature, seen, expected }) => reasonText(featureTitle(feature), { seen, expected }))
}
