import { pValueOf } from '@straylight/models/scoring/calibration'
import type { Judgement } from '@straylight/models/scoring/judge'
import type { Metrics } from '@straylight/runtime/process/metrics'

/**
 * Counts the sessions that ended with a judged event, by whether their highest risk was within the alert budget: the share
 * of them that alarm, quiet weeks taken together, is the rate that the budget promised. What a verdict silenced counts too; what
 * an agent does that knowledge does not count, since anybody may have made it up, does not.
 */
export function countSessions(
  metrics: Pick<Metrics, 'sessionsEnded' | 'sessionAlertBudget'>,
  { observed: { judging }, ended }: Judgement,
): void {
  metrics.sessionAlertBudget.set(judging.sessionAlertRate)
  for (const { tenant, agent, highest_risk } of ended) {
    if (judging.isCounted?.(tenant, agent) === false) continue
    const alarming = pValueOf(judging.calibrationOf(tenant), highest_risk) <= judging.sessionAlertRate
    metrics.sessionsEnded.inc({ alarming: String(alarming) })
  }
}
