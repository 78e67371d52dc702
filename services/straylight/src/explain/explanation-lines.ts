import { scoreAndRarity } from '@straylight/console/words/score-and-rarity'
import { budgetInWords, sessionsInWords } from '@straylight/console/words/sessions-in-words'
import { featureTitle } from '@straylight/models/features/explain-feature'
import { reasonText } from '@straylight/models/features/explanation'
import type { Judgement } from '@straylight/models/scoring/judge'
import { counted } from '@straylight/schemas/counted'
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
    `${alerts ? 'It alerts' : 'It does not alert'}: ${sessionsInWords(p_value)} ${comes(p_value)} this far, and the budget is ${budgetInWords(rate)}.`,
    `Score ${score.toFixed(2)} nats; risk ${besideUsual(event_risk)} (the session so far: ${besideUsual(risk)}).`,
    scoreAndRarity,
    ...contributions
      .filter(({ contribution }) => Math.abs(contribution) >= contributionMin)
      .map(
        ({ feature, contribution, seen, expected }) =>
          `  ${contribution.toFixed(2).padStart(7)}  ${reasonText(featureTitle(feature), { seen, expected })}`,
      ),
    `Profile: ${counted(observed.profile_events, 'event')} over ${counted(Number(observed.profile_days.toFixed(1)), 'day')}; peers: ${observed.peers} in ${groupInWords(observed.group)}; knowledge version ${judging.version}; model ${judging.model.artifact.name}.`,
    ...(observed.relearning === undefined ? [] : [relearningSentence(observed.relearning)]),
    observed.held_out
      ? 'The event was quarantined from learning until a verdict or its expiry.'
      : 'The event was learnt.',
  ]
}

const comes = (share: number): string => (share < 0.001 ? 'comes' : 'come')

/** A risk in standard deviations of the agent's usual session maximum. */
const besideUsual = (risk: number): string =>
  `${Math.abs(risk).toFixed(2)} standard deviations ${risk < 0 ? 'below' : 'above'} the agent's usual`

const groupInWords = (group: string): string => (group === '*' ? 'its tenant' : group)
