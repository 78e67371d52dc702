import { pValueOf } from '@straylight/models/scoring/calibration'
import type { Judgement } from '@straylight/models/scoring/judge'
import { counterOf, gaugeOf, type Metrics, settableGaugeOf } from '@straylight/runtime/process/metrics'
import type { Score } from './create-score.ts'

export type ScoreMetrics = ReturnType<typeof scoreMetrics>

/** What score came to. */
export const scoreMetrics = (metrics: Pick<Metrics, 'registry'>) => ({
  sessionsEnded: counterOf(metrics, {
    name: 'straylight_sessions_total',
    help: 'Sessions that ended, by whether their highest risk was within the alert budget: the realised alert rate.',
    labelNames: ['alarming'],
  }),
  sessionAlertBudget: settableGaugeOf(metrics, {
    name: 'straylight_session_alert_budget',
    help: 'Share of ordinary sessions that may alarm, as the policy says.',
  }),
  learningTenants: settableGaugeOf(metrics, {
    name: 'straylight_learning_tenants',
    help: 'Tenants known for less than three weeks and without imported history: what is new there counts little.',
  }),
})

/**
 * Counts the sessions that ended with a judged event, by whether their highest risk was within the alert budget: the share
 * of them that alarm, quiet weeks taken together, is the rate that the budget promised. What a verdict silenced counts too; what
 * an agent does that knowledge does not count, since anybody may have made it up, does not.
 */
export function countSessions(metrics: ScoreMetrics, { observed: { judging }, ended }: Judgement): void {
  metrics.sessionAlertBudget.set(judging.sessionAlertRate)
  metrics.learningTenants.set(judging.learningTenants ?? 0)
  for (const { tenant, agent, highest_risk } of ended) {
    if (judging.isCounted?.(tenant, agent) === false) continue
    const alarming = pValueOf(judging.calibrationOf(tenant), highest_risk) <= judging.sessionAlertRate
    metrics.sessionsEnded.inc({ alarming: String(alarming) })
  }
}

/** Shows how much a running score holds. */
export function showSizes(metrics: Pick<Metrics, 'registry'>, score: Pick<Score, 'sizes'>): void {
  gaugeOf(metrics, {
    name: 'straylight_profiles',
    help: 'Profiles that score holds in memory.',
    read: () => score.sizes().profiles,
  })
  gaugeOf(metrics, {
    name: 'straylight_waiting_agents',
    help: 'Agents whose stored profile could not be had yet: their events wait, those of others do not.',
    read: () => score.sizes().waiting_agents,
  })
  gaugeOf(metrics, {
    name: 'straylight_profile_bytes',
    help: 'Bytes of the profiles that score holds in memory.',
    read: () => score.sizes().profile_bytes,
  })
}
