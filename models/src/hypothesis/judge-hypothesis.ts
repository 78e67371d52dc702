import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { Cause, Severity } from '@straylight/schemas/finding'
import { leadingCause } from '../features/cause.ts'
import { featureTitle } from '../features/explain-feature.ts'
import { reasonText } from '../features/explanation.ts'
import type { Profile } from '../profile/profile.ts'
import { severityOf } from '../scoring/finding-of.ts'
import { conclude, type Judgement, type JudgingContext, observe } from '../scoring/judge.ts'

/** What an agent's hypothetical events are judged by. */
export interface HypothesisGround {
  readonly judging: JudgingContext
  /** A copy of what is known of the agent: events that never happened are learnt by it alone. */
  readonly profile: () => Profile
}

/** What the scorer says of events that never happened. */
export interface HypotheticalOutcome {
  readonly alerts: boolean
  /** Number of the event that alerts, from 1; of all of them where none does. */
  readonly at: number
  readonly quarantined: boolean
  readonly risk: number
  readonly p_value: number
  /** Of what alerts or is quarantined; null for what is ordinary. */
  readonly cause: Cause | null
  readonly severity: Severity | null
  /** The leading reason, as an alert would say it. */
  readonly reason: string | null
}

/** Judged together, as the stage judges its batches. */
const batchEvents = 32

/** Judges events one after the other, up to the first that alerts: else the outcome is that of the riskiest. Needs an open tensor backend. */
export function judgeHypothesis(
  { judging, profile }: HypothesisGround,
  events: readonly AgentEvent[],
): HypotheticalOutcome {
  const known = profile()
  let rarest: { judgement: Judgement; at: number } | undefined
  for (let from = 0; from < events.length; from += batchEvents) {
    const observed = events.slice(from, from + batchEvents).map((event) => observe(event, known, judging))
    for (const [row, judgement] of conclude(observed).entries()) {
      const at = from + row + 1
      if (judgement.p_value <= judging.sessionAlertRate) return outcomeOf(judgement, at, judging)
      if (rarest === undefined || judgement.p_value < rarest.judgement.p_value) rarest = { judgement, at }
    }
  }
  if (rarest === undefined) throw new RangeError('a hypothesis has one event at least')
  return outcomeOf(rarest.judgement, events.length, judging)
}

function outcomeOf(judgement: Judgement, at: number, { sessionAlertRate }: JudgingContext): HypotheticalOutcome {
  const { contributions, p_value, event_risk: risk, observed } = judgement
  const alerts = p_value <= sessionAlertRate
  const matters = alerts || observed.held_out
  const leading = contributions.find(({ feature }) => feature !== 'network')
  return {
    ...{ alerts, at, risk, p_value, quarantined: observed.held_out },
    cause: matters ? leadingCause(contributions) : null,
    severity: alerts ? severityOf(p_value, sessionAlertRate) : null,
    reason: matters && leading !== undefined ? reasonText(featureTitle(leading.feature), leading) : null,
  }
}
