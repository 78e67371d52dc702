import { auc, type Graded } from './auc.ts'
import { recallAtRate, recallCurve } from './recall-at-rate.ts'
import type { StreamLabel } from './stream-event.ts'

/** What a detector said of one event. */
export interface ScoredEvent {
  readonly id: string
  /** How far out of character; any rising scale. */
  readonly score: number
  /** Of its session so far. */
  readonly risk: number
  /** Share of ordinary sessions that come as far: alerts when at or below the budget. */
  readonly p_value: number
}

/** Shares of ordinary sessions that a policy may allow to alert. */
export const budgets = [0.01, 0.001] as const

/** How well a stream's attacks were distinguished from the rest; shares from 0 to 1, NaN where there was nothing to measure on. */
export interface DetectionQuality {
  readonly event_auc: number
  /** Share of attack sessions above the risk that 1 % and 5 % of the quiet ones pass. */
  readonly session_recall_1: number
  readonly session_recall_5: number
  /** At a threshold set beforehand for 1 %: the share of quiet sessions that did alert, and of attacks that did. */
  readonly quiet_alerts_1: number
  readonly alert_recall_1: number
  /** The same for a tenth of a percent. */
  readonly quiet_alerts_01: number
  readonly alert_recall_01: number
  readonly attack_events: number
  readonly attack_sessions: number
  readonly quiet_sessions: number
  /** Session recall against the rate of quiet sessions. */
  readonly curve: readonly { rate: number; recall: number }[]
}

interface JudgedSession {
  readonly label: StreamLabel['session_label']
  risk: number
  p_value: number
  /** A session labelled an attack may have lost its attack call to the labels that count neither way. */
  attacked: boolean
}

/** Rates up to which the curve is kept: nobody reads more alerts. */
const curveRateMax = 0.2

/** Grades scores by the labels: preparing and ambiguous events count neither way, nor do sessions that only prepared. */
export function detectionQuality(
  scored: readonly ScoredEvent[],
  labels: ReadonlyMap<string, StreamLabel>,
): DetectionQuality {
  const events: Graded[] = []
  const sessions = new Map<string, JudgedSession>()
  for (const { id, score, risk, p_value } of scored) {
    const label = labels.get(id)
    if (!label || !Number.isFinite(score) || !Number.isFinite(risk))
      throw new RangeError(`event ${id}: no label or no finite score`)
    if (label.label === 'attack' || label.label === 'benign') events.push({ score, positive: label.label === 'attack' })
    const session = sessions.get(label.session) ?? newSession(label)
    sessions.set(label.session, session)
    session.risk = Math.max(session.risk, risk)
    session.p_value = Math.min(session.p_value, p_value)
    if (label.label === 'attack') session.attacked = true
  }
  const judged = [...sessions.values()].filter(({ label }) => label !== 'prep_only')
  const graded = judged.map(({ risk, label }) => ({ score: risk, positive: label === 'attack' }))
  return {
    event_auc: auc(events),
    session_recall_1: recallAtRate(graded, 0.01),
    session_recall_5: recallAtRate(graded, 0.05),
    ...alertsOf(judged),
    attack_events: events.filter(({ positive }) => positive).length,
    attack_sessions: graded.filter(({ positive }) => positive).length,
    quiet_sessions: graded.filter(({ positive }) => !positive).length,
    curve: recallCurve(graded, curveRateMax),
  }
}

const newSession = ({ session_label }: StreamLabel): JudgedSession => ({
  label: session_label,
  risk: Number.NEGATIVE_INFINITY,
  p_value: 1,
  attacked: false,
})

function alertsOf(sessions: readonly JudgedSession[]) {
  const quiet = sessions.filter(({ label }) => label !== 'attack')
  const attacks = sessions.filter(({ label, attacked }) => label === 'attack' && attacked)
  const share = (among: readonly JudgedSession[], budget: number) =>
    among.filter(({ p_value }) => p_value <= budget).length / among.length
  const [percent, tenth] = budgets
  return {
    quiet_alerts_1: share(quiet, percent),
    alert_recall_1: share(attacks, percent),
    quiet_alerts_01: share(quiet, tenth),
    alert_recall_01: share(attacks, tenth),
  }
}
