import { featureTitle } from '@straylight/models/features/explain-feature'
import { reasonText } from '@straylight/models/features/explanation'
import type { Judgement } from '@straylight/models/scoring/judge'
import { relearningSentence } from './relearning-sentence.ts'

/** Contributions below this say nothing (nats). */
const contributionMin = 0.01

/** Why an event alerted, or why it did not, in lines for a person: the score term by term, and what it was set against. */
export function explanationLines(judgement: Judgement): string[] {
  const { observed, score, event_risk, risk, p_value, contributions } = judgement
  const { event, judging } = observed
  const rate = judging.sessionAlertRate
  const alerts = p_value <= rate
  return [
    `${event.id}: ${event.agent} did ${event.system}/${event.action} at ${new Date(event.time).toISOString()}`,
    alerts
      ? `It alerts: about ${percent(p_value)} of ordinary sessions come this far, the budget is ${percent(rate)}.`
      : `It does not alert: about ${percent(p_value)} of ordinary sessions come this far, the budget is ${percent(rate)}.`,
    `Score ${score.toFixed(2)} nats; risk ${event_risk.toFixed(2)} deviations above the agent's usual session maximum (session so far ${risk.toFixed(2)}).`,
    ...contributions
      .filter(({ contribution }) => Math.abs(contribution) >= contributionMin)
      .map(
        ({ feature, contribution, seen, expected }) =>
          `  ${contribution.toFixed(2).padStart(7)}  ${reasonText(featureTitle(feature), { seen, expected })}`,
      ),
    `Profile: ${observed.profile_events} events over ${observed.profile_days.toFixed(1)} days; peers: ${observed.peers} in ${observed.group}; knowledge version ${judging.version}; model ${judging.model.artifact.name}.`,
    ...(observed.relearning === undefined ? [] : [relearningSentence(observed.relearning)]),
    observed.held_out
      ? 'The event was quarantined from learning until a verdict or its expiry.'
      : 'The event was learnt.',
  ]
}

const percent = (share: number): string => `${(100 * share).toPrecision(2)} %`
