import { dayMs } from '@straylight/schemas/duration'
import { z } from 'zod'
import type { ConsoleGround } from './console-ground.ts'
import type { Overview } from './contract/overview.ts'
import { question } from './questions/ask.ts'

type Budget = Overview['budget']

const weekMs = 7 * dayMs
const weeksMax = 12
/** Weeks that are counted anew whenever somebody looks: the one that goes on, and the one before. */
const freshWeeks = 2
/** How long what is counted of earlier weeks stands, in milliseconds: it changes only while the store catches up. */
const pastHeldMs = 60_000
const ofTenant = "({tenant:String} = '' OR tenant = {tenant:String})"

/** One row a tenant and week. */
const sessionsByWeek = question(
  'sessions by week',
  `SELECT toUnixTimestamp(w.week) * 1000 AS begin, uniqCombined64Merge(14)(w.sessions) AS ended
FROM session_weeks AS w WHERE ${ofTenant} AND w.week > toDate(intDiv({since:Int64}, 1000), 'UTC')
GROUP BY w.week ORDER BY w.week LIMIT ${weeksMax + 1}`,
  z.object({ begin: z.number(), ended: z.number() }),
)

/** Sessions with a finding that was no mere quarantine and that nobody kept quiet: those of twelve weeks are read. */
const alertedByWeek = question(
  'alerted sessions by week',
  `SELECT toUnixTimestamp(week) * 1000 AS begin, uniqExactIf((tenant, agent, session), p_value <= {rate:Float64}) AS alerted
FROM alerted_sessions WHERE ${ofTenant} AND week > toDate(intDiv({since:Int64}, 1000), 'UTC')
GROUP BY week ORDER BY week LIMIT ${weeksMax + 1}`,
  z.object({ begin: z.number(), alerted: z.number() }),
)

/** Whether alerts kept to the budget, week by week. */
export async function budgetOf(ground: ConsoleGround, tenant: string): Promise<Budget> {
  const { held, policy, now } = ground
  const fresh = weekOf(now()) - (freshWeeks - 1) * weekMs
  const since = now() - weeksMax * weekMs
  const [past, lately] = await Promise.all([
    held(`weeks ${tenant} ${fresh}`, () => weeksSince(ground, tenant, since), pastHeldMs),
    weeksSince(ground, tenant, fresh - 1),
  ])
  const weeks = [...past.filter(({ week }) => week < fresh), ...lately]
  return { asked: policy.budget.session_alert_rate, weeks: weeks.slice(-weeksMax) }
}

/** When the week of a time began: a Monday, UTC. 1970 began on a Thursday. */
const weekOf = (time: number): number => Math.floor((time - 4 * dayMs) / weekMs) * weekMs + 4 * dayMs

/** Weeks that began after the day of a time. */
async function weeksSince({ ask, policy }: ConsoleGround, tenant: string, since: number): Promise<Budget['weeks']> {
  const of = { tenant, since, rate: policy.budget.session_alert_rate }
  const [alerting, ended] = await Promise.all([ask(alertedByWeek, of), ask(sessionsByWeek, of)])
  const alerted = new Map(alerting.map((row) => [row.begin, row.alerted]))
  return ended.map(({ begin: week, ended: sessions }) => ({
    ...{ week, sessions, alerted: alerted.get(week) ?? 0 },
    realised: sessions === 0 ? null : (alerted.get(week) ?? 0) / sessions,
  }))
}
