import type { AgentChange } from '@straylight/schemas/agent'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs } from '@straylight/schemas/duration'
import type { Contribution, Relearning } from '@straylight/schemas/finding'
import type { Calibration, ModelArtifact } from '@straylight/schemas/model-artifact'
import type { GrowthLimits } from '@straylight/schemas/policy'
import type { Session } from '@straylight/schemas/session'
import { visibleText } from '@straylight/schemas/visible-text'
import { eventShape } from '../event/event-shape.ts'
import { Comparison, type Registered } from '../features/comparison.ts'
import { strangestDestination } from '../features/destination-family.ts'
import { deviationOf } from '../features/deviation.ts'
import type { DeviationRows } from '../features/deviation-rows.ts'
import { excuseChange } from '../features/excuse-change.ts'
import { explainFeatures } from '../features/explain-feature.ts'
import type { Explanation } from '../features/explanation.ts'
import { feedingEvents, sinkName, strangestFlow } from '../features/flow/explain-flow.ts'
import { strangestPrivilege } from '../features/privilege-family.ts'
import type { SharedCounts } from '../peers/shared-level.ts'
import { dayOf, dayWeight } from '../profile/day-weight.ts'
import type { Maxima, Profile } from '../profile/profile.ts'
import type { ProfileKeyHasher } from '../profile/profile-key-hasher.ts'
import { followSession } from '../session/agent-clock.ts'
import type { OpenSession } from '../session/open-session.ts'
import { sessionRisk, trustedRisk, trustOf } from '../session/session-risk.ts'
import { budgetShareWithoutProvenance, pValueOf, riskOf } from './calibration.ts'
import { judgedRamps } from './judged-ramps.ts'
import { type LearningDay, learningTrust } from './learning.ts'
import type { ScoringModel } from './scoring-model.ts'
import { noRamps, type SlowRamp } from './slow-ramp.ts'
import type { TransparentSum } from './transparent-sum.ts'
import { addEnded, noteSurprise, usualSurprises } from './usual-maxima.ts'

/** What is known at one knowledge version of one agent's surroundings. */
export interface Surroundings {
  readonly group: string
  readonly peers: SharedCounts
  readonly tenant: SharedCounts
  /** What the registry expects of the agent, if it knows it. */
  readonly registered?: Registered | undefined
}

/** A knowledge version made ready to judge by. */
export interface JudgingContext {
  readonly version: number
  readonly originDay: number
  readonly hasher: ProfileKeyHasher
  readonly model: ScoringModel
  readonly sessionAlertRate: number
  /** The model's calibration with what people of the tenant said of its alerts. */
  calibrationOf(tenant: string): Calibration
  surroundingsOf(tenant: string, agent: string): Surroundings
  /** Whether the agent is more than a name that somebody made up; everybody's sessions count where it is not asked. */
  isCounted?(tenant: string, agent: string): boolean
  /** How many tenants are learning, as of the version's making; absent where it is not asked. */
  readonly learningTenants?: number
  /** The day of the tenant's learning; undefined once it has learnt. Nobody learns where it is not asked. */
  learningDay?(tenant: string, logTime: number): LearningDay | undefined
  /** How much more an agent may move within a week; no limits where it is not asked. */
  readonly growthLimits?: GrowthLimits
  /** Changes that the registry announces of an agent; none where it is not asked. */
  changesOf?(tenant: string, agent: string): readonly AgentChange[]
}

/** What an event strayed to, as far as it has such a thing. */
export interface Targets {
  readonly destination?: string | undefined
  readonly privilege?: string | undefined
  /** `system/action.argument` that an unusual source fed. */
  readonly sink?: string | undefined
  /** Ids of the events whose outputs bore its values. */
  readonly fed_by?: readonly string[]
}

/** An event compared and, unless held out, learnt; its score waits for the network's word on the whole batch. */
export interface Observed {
  readonly event: AgentEvent
  readonly judging: JudgingContext
  readonly profile: Profile
  readonly session: OpenSession
  readonly ended: readonly OpenSession[]
  readonly deviation: Float64Array
  readonly held_out: boolean
  /** How much of its risk is believed, 0 to 1 (`trustOf`). */
  readonly trust: number
  /** Day of the tenant's learning; undefined once it has learnt. */
  readonly learning: LearningDay | undefined
  /** The event says what its arguments held (or no evidence without provenance was learnt apart): else evidence without provenance alone judges it. */
  readonly has_provenance: boolean
  /** Share of ordinary sessions that come as far on evidence without provenance: 1 where none was learnt apart. */
  readonly p_value_without_provenance: number
  /** Amounts that grow day by day, by this event. */
  readonly ramps: readonly SlowRamp[]
  /** An announced change that excused a part of the deviation. */
  readonly relearning: Relearning | undefined
  readonly group: string
  readonly peers: number
  /** Events and days of the profile before this event. */
  readonly profile_events: number
  readonly profile_days: number
  /** The first thing ever seen or learnt of the agent. */
  readonly first_event: boolean
  /** Made only for events that may matter: counts change as soon as the next event is learnt. */
  readonly explanations: ReadonlyMap<string, Explanation> | null
  readonly targets: Targets
}

/** What came of an event: its own score, its session's risk so far, and what is to be reported. */
export interface Judgement {
  readonly observed: Observed
  readonly score: number
  /** Risk of this event alone; `risk` is the session's highest so far. */
  readonly event_risk: number
  readonly risk: number
  readonly p_value: number
  readonly contributions: readonly Contribution[]
  readonly ended: readonly Session[]
}

/**
 * Events whose sum alone reaches what this share of ordinary sessions reach are explained at once: three times the share that
 * findings are made of at most, for the network can still raise them (of 1,288 findings on two public streams, with and
 * without provenance and with names renamed, all were explained).
 */
const explainedShare = 0.15

export interface ObserveOptions {
  /** When the log received the event (`followSession`); by default its own time. */
  readonly log_time?: number
  /** Where rows of deviations come from; without it each event makes its own, which costs more. */
  readonly rows?: DeviationRows
}

const noChanges: readonly AgentChange[] = []
const noTargets: Targets = {}

/**
 * Compares an event with what is known, then learns it, unless its closed-form surprise passes the hold level.
 */
export function observe(
  event: AgentEvent,
  profile: Profile,
  judging: JudgingContext,
  { log_time = event.time, rows }: ObserveOptions = {},
): Observed {
  const first_event = profile.events === 0 && profile.clock.clock === 0
  const { session, ended, order, steps } = followSession(profile.clock, event, log_time)
  const shape = eventShape(event, order)
  const { group, peers, tenant, registered } = judging.surroundingsOf(event.tenant, event.agent)
  const weight = dayWeight(dayOf(event.time), judging.originDay)
  const { hasher } = judging
  const comparison = new Comparison({ shape, profile, peers, tenant, scale: 1 / weight, hasher, registered })
  const deviation = deviationOf(comparison, rows?.next())
  const changes = judging.changesOf?.(event.tenant, event.agent) ?? noChanges
  const relearning = excuseChange(deviation, { event, previous_step: order.previous_step, changes })
  const { model } = judging
  const surprise = model.sum.of(deviation)
  const surpriseWithoutProvenance = model.sumWithoutProvenance.of(deviation)
  const learning = judging.learningDay?.(event.tenant, log_time)
  const trust = trustOf(comparison.knownEvents) * learningTrust(learning, deviation)
  const has_provenance = model.artifact.without_provenance === null || shape.flows !== null
  // Who holds out what it does not know yet, while it knows nothing, never learns.
  const held_out = isQuarantined(model.artifact, {
    has_provenance,
    surprise: trust * surprise,
    surpriseWithoutProvenance: trust * surpriseWithoutProvenance,
  })
  const alone = trustedRisk(
    sessionRisk(surprise, usualSurprises(profile, ended, model.artifact), model.artifact.session_maximum),
    trust,
  )
  const p_value_without_provenance = pValueWithoutProvenance(model.artifact.without_provenance, {
    surprise: surpriseWithoutProvenance,
    maxima: profile.maxima_without_provenance,
    trust,
  })
  const usual_p_value = has_provenance ? pValueOf(judging.calibrationOf(event.tenant), alone) : 1
  const rarest = Math.min(usual_p_value, shareWithoutProvenance({ has_provenance, p_value_without_provenance }))
  const matters = held_out || rarest <= explainedShare
  noteSurprise(session, { highest: surprise, highest_without_provenance: surpriseWithoutProvenance, strayed: held_out })
  const observed: Observed = {
    event,
    judging,
    profile,
    session,
    ended,
    deviation,
    held_out,
    trust,
    learning,
    has_provenance,
    p_value_without_provenance,
    ramps: learning === undefined ? judgedRamps(steps, comparison, judging.growthLimits) : noRamps,
    relearning,
    group,
    peers: Math.max(0, peers.agents - 1),
    profile_events: profile.events,
    profile_days: profile.events === 0 ? 0 : (profile.last_time - profile.first_time) / dayMs,
    first_event,
    explanations: matters ? explain(model, comparison, deviation) : null,
    targets: matters ? targetsOf(comparison) : noTargets,
  }
  if (!held_out) profile.fold(comparison.keys.counted, weight, event.time)
  return observed
}

function isQuarantined(
  { hold_level, without_provenance }: ModelArtifact,
  {
    has_provenance,
    surprise,
    surpriseWithoutProvenance,
  }: { has_provenance: boolean; surprise: number; surpriseWithoutProvenance: number },
): boolean {
  return has_provenance || without_provenance === null
    ? surprise > hold_level
    : surpriseWithoutProvenance > without_provenance.hold_level
}

function targetsOf(comparison: Comparison): Targets {
  const [flow] = strangestFlow(comparison) ?? []
  return {
    destination: strangestDestination(comparison)?.key,
    privilege: strangestPrivilege(comparison),
    sink: flow && sinkName(comparison, flow),
    fed_by: feedingEvents(comparison),
  }
}

function pValueWithoutProvenance(
  evidence: ModelArtifact['without_provenance'],
  { surprise, maxima, trust }: { surprise: number; maxima: Maxima; trust: number },
): number {
  if (evidence === null) return 1
  return pValueOf(evidence.calibration, trustedRisk(sessionRisk(surprise, maxima, evidence.session_maximum), trust))
}

function explain(model: ScoringModel, comparison: Comparison, deviation: Float64Array): Map<string, Explanation> {
  const features = new Set<string>()
  model.sum.addFeaturesSet(deviation, features)
  model.sumWithoutProvenance.addFeaturesSet(deviation, features)
  return explainFeatures(features, comparison)
}

/**
 * Scores observed events in their order. The network sees them all at once; everything that one event does to the next
 * (session maxima, session risk) is done one by one, so the result does not depend on how the log was cut.
 */
export const conclude = (observations: readonly Observed[]): Judgement[] =>
  concluding(observations).map((concludeNext) => concludeNext())

/** The same, event by event, to be called in this order: whoever must go on without one that fails. */
export function concluding(observations: readonly Observed[]): (() => Judgement)[] {
  const added = networkContributions(observations)
  return observations.map((observed, row) => () => concludeOne(observed, added[row] as number))
}

/** Events of one batch may stand on both sides of a marker: each model sees its own. */
function networkContributions(observations: readonly Observed[]): Float64Array {
  const out = new Float64Array(observations.length)
  let from = 0
  while (from < observations.length) {
    const { model } = (observations[from] as Observed).judging
    let to = from + 1
    while (to < observations.length && observations[to]?.judging.model === model) to++
    out.set(model.networkContributions(observations.slice(from, to).map(({ deviation }) => deviation)), from)
    from = to
  }
  return out
}

const noSessions: readonly Session[] = []

/** What evidence without provenance asks of the budget: its p-value where it judges alone, more where it may spend a part only. */
const shareWithoutProvenance = ({
  has_provenance,
  p_value_without_provenance,
}: Pick<Observed, 'has_provenance' | 'p_value_without_provenance'>): number =>
  has_provenance ? Math.min(1, p_value_without_provenance / budgetShareWithoutProvenance) : p_value_without_provenance

function concludeOne(observed: Observed, network: number): Judgement {
  const { profile, session, deviation, event } = observed
  const { artifact, sum, sumWithoutProvenance } = observed.judging.model
  const ended = observed.ended.length === 0 ? noSessions : observed.ended.map((open) => endSession(observed, open))
  const calibration = observed.judging.calibrationOf(event.tenant)
  const usual_score = sum.total(deviation) + network
  const usual_risk = trustedRisk(sessionRisk(usual_score, profile.maxima, artifact.session_maximum), observed.trust)
  const mayLead = !observed.has_provenance || observed.p_value_without_provenance < budgetShareWithoutProvenance
  const risk_without_provenance = mayLead
    ? riskOf(artifact.calibration, shareWithoutProvenance(observed))
    : Number.NEGATIVE_INFINITY
  const withoutProvenance = !observed.has_provenance || risk_without_provenance > usual_risk
  const event_risk = withoutProvenance ? risk_without_provenance : usual_risk
  let highest = session.score
  if (highest === null) {
    highest = { highest_score: usual_score, highest_risk: event_risk, strayed: observed.held_out }
    session.score = highest
  } else {
    highest.highest_score = Math.max(usual_score, highest.highest_score)
    highest.highest_risk = Math.max(event_risk, highest.highest_risk)
    // A session with held-out events says nothing of what is usual.
    highest.strayed ||= observed.held_out
  }
  return new LazyJudgement({
    observed,
    score: withoutProvenance ? sumWithoutProvenance.total(deviation) : usual_score,
    event_risk,
    risk: highest.highest_risk,
    p_value: pValueOf(calibration, event_risk),
    reported: withoutProvenance ? sumWithoutProvenance : sum,
    network: withoutProvenance || !artifact.net ? 0 : network,
    ended,
  })
}

/** Most events are never reported to anyone: their contributions are sorted and put into words when somebody asks. */
class LazyJudgement implements Judgement {
  readonly observed: Observed
  readonly score: number
  readonly event_risk: number
  readonly risk: number
  readonly p_value: number
  readonly ended: readonly Session[]
  private readonly reported: TransparentSum
  private readonly network: number
  private made: readonly Contribution[] | undefined

  constructor(of: Omit<Judgement, 'contributions'> & { readonly reported: TransparentSum; readonly network: number }) {
    this.observed = of.observed
    this.score = of.score
    this.event_risk = of.event_risk
    this.risk = of.risk
    this.p_value = of.p_value
    this.ended = of.ended
    this.reported = of.reported
    this.network = of.network
  }

  get contributions(): readonly Contribution[] {
    this.made ??= contributionsOf(this.observed, this.reported, this.network)
    return this.made
  }
}

function contributionsOf(observed: Observed, reported: TransparentSum, network: number): Contribution[] {
  const { explanations, deviation, event } = observed
  const terms = reported.contributions(deviation)
  terms.push({ feature: 'network', value: network, contribution: network })
  return terms
    .filter((term) => term.contribution !== 0)
    .sort((a, b) => b.contribution - a.contribution)
    .map((term) => ({ ...term, ...visible(explanations?.get(term.feature) ?? unexplained(term.feature, event)) }))
}

/** Names stand in what was expected and seen: both are read by people. */
const visible = ({ expected, seen }: Explanation): Explanation => ({
  expected: visibleText(expected),
  seen: visibleText(seen),
})

const unexplained = (feature: string, event: AgentEvent): Explanation => ({
  expected: feature === 'network' ? "learnt from this agent's own history" : 'within the usual range',
  seen: `${event.system}/${event.action}`,
})

function endSession(observed: Observed, open: OpenSession): Session {
  const { profile, event, judging } = observed
  const { score } = open
  if (score !== null) {
    const { highest_score, strayed } = score
    addEnded(profile.maxima, { score: highest_score, strayed, pool: judging.model.artifact.session_maximum })
  }
  return {
    tenant: event.tenant,
    agent: event.agent,
    session: open.session,
    started_at: open.started_at,
    ended_at: open.last_time,
    events: open.events,
    highest_score: score?.highest_score ?? 0,
    highest_risk: score?.highest_risk ?? 0,
    knowledge_version: judging.version,
    model: judging.model.artifact.name,
    usual: score !== null && !score.strayed,
  }
}
