import type { Calibration } from '@straylight/schemas/model-artifact'
import { riskOf, withTailTimes } from './calibration.ts'

/**
 * Bounds of the factor on p-values. No more than 1.5 times as many alerts as history alone would give, which is what the budget promises
 * at most: sessions of one habit lie close together, and thresholds that come down further let them all through in one week. No
 * fewer than an eighth.
 */
export const factorBounds = { least: 2 / 3, most: 8 }
/** What one week changes the factor by, at most. */
const weekStepMax = 1.5
/** Alerts that history counts as: a week with a few more or less says little. */
const priorAlerts = 3
/** No agent counts for more than so many times its own share of the budget, and one alert. */
const ownShareMax = 3

/** The sessions that ended in one week. */
export interface SessionWeek {
  /** How many, by agent. */
  readonly sessions: ReadonlyMap<string, number>
  /** The riskiest of them. `about`: what the riskiest finding speaks of; the same for agents that begin the same thing. */
  readonly risky: readonly { readonly agent: string; readonly about: string; readonly risk: number }[]
}

/**
 * What p-values are multiplied by so that ordinary sessions alert as often as the budget asks, from the weeks so far, the oldest first.
 * A slow controller: each week the factor moves by the rate that came out over the rate that was asked, both with a prior of three
 * alerts, by a factor of 1.5 at most. Sessions about one thing count once, and no agent for much more than its own share of the budget:
 * neither a roll-out nor an incident nor an attacker with one agent moves it far. Above 1 where too many alert, below where too few.
 */
export function budgetFactor(weeks: readonly SessionWeek[], calibration: Calibration, rate: number): number {
  let factor = 1
  for (const week of weeks) {
    const threshold = riskOf(withBudgetFactor(calibration, factor), rate)
    const counted = countedSessions(week)
    let asked = 0
    for (const count of counted.values()) asked += rate * count
    const step = (alertsOf({ ...week, sessions: counted }, { threshold, rate }) + priorAlerts) / (asked + priorAlerts)
    factor *= Math.min(weekStepMax, Math.max(1 / weekStepMax, step))
    factor = Math.min(factorBounds.most, Math.max(factorBounds.least, factor))
  }
  return factor
}

function alertsOf({ sessions, risky }: SessionWeek, { threshold, rate }: { threshold: number; rate: number }): number {
  const subjects = new Set<string>()
  const byAgent = new Map<string, number>()
  for (const { agent, about, risk } of risky) {
    if (risk <= threshold || subjects.has(about)) continue
    subjects.add(about)
    byAgent.set(agent, (byAgent.get(agent) ?? 0) + 1)
  }
  let alerts = 0
  for (const [agent, count] of byAgent) alerts += Math.min(count, 1 + ownShareMax * rate * (sessions.get(agent) ?? 0))
  return alerts
}

/** Who opens sessions by the thousand speaks for no more than three ordinary agents, in what is asked and in what came out. */
function countedSessions({ sessions }: SessionWeek): ReadonlyMap<string, number> {
  const ordinary = [...sessions.values()].sort((one, other) => one - other)
  const most = ownShareMax * (ordinary[Math.floor(ordinary.length / 2)] ?? 0)
  return new Map([...sessions].map(([agent, count]) => [agent, Math.min(most, count)]))
}

/** The calibration whose tail gives `factor` times the p-value. */
export const withBudgetFactor = (calibration: Calibration, factor: number): Calibration =>
  withTailTimes(calibration, Math.log(factor))

/** The risk from which a session may be of interest to the feedback: sessions below it never alert under any factor. */
export function feedbackFrom(calibration: Calibration, rate: number): number {
  return riskOf(withBudgetFactor(calibration, factorBounds.least), rate)
}
