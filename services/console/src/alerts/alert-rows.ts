import type { Query } from '@straylight/runtime/store/store'
import type { Alert } from '@straylight/schemas/alert'
import { z } from 'zod'
import type { RegistryView } from '../agents/registry-view.ts'
import { AlertRow } from '../contract/alert-row.ts'
import { question } from '../questions/ask.ts'

/** A row of `alert_list`, as the store answers it. */
const StoredAlert = AlertRow.omit({ role: true, registered: true, verdict: true, assignee: true }).extend({
  owner: z.string().transform(orNull),
  close_reason: z.preprocess((reason) => (reason === '' ? null : reason), AlertRow.shape.close_reason),
  closed_at: z.number().transform(timeOrNull),
  approval_deadline: z.number().transform(timeOrNull),
  response_limited_by: z.string().transform(orNull),
  command_id: z.string().transform(orNull),
  verdict_answer: z.string(),
  verdict_issuer: z.string(),
  verdict_at: z.number(),
  place: z.array(z.number()),
})
export type StoredAlert = z.output<typeof StoredAlert>

function orNull(text: string): string | null {
  return text === '' ? null : text
}
function timeOrNull(ms: number): number | null {
  return ms === 0 ? null : ms
}

/** What is selected of a row `a` of `alert_list`. */
const columns = `a.id AS id, a.revision AS revision, a.tenant AS tenant, a.agent AS agent, a.owner AS owner, a.tier AS tier, a.cause AS cause,
  a.target AS target, a.state AS state, a.severity AS severity, a.summary AS summary, a.opened_at AS opened_at,
  toUnixTimestamp64Milli(a.log_time) AS changed_at, a.first_seen AS first_seen, toUnixTimestamp64Milli(a.time) AS last_seen,
  a.closed_at AS closed_at, a.close_reason AS close_reason, a.finding_count AS finding_count, a.score AS score, a.response AS response,
  a.limited_by AS response_limited_by, a.command_id AS command_id, a.command_state AS command_state,
  a.approval_deadline AS approval_deadline, a.verdict_answer AS verdict_answer, a.verdict_issuer AS verdict_issuer,
  a.verdict_at AS verdict_at`

/** Alerts of one tenant or ('') of all, each as it now stands. */
const latest = "({tenant:String} = '' OR a.tenant = {tenant:String})"

const rank = "(indexOf(['low', 'medium', 'high', 'critical'], toString(a.severity)))"

/** Orders of the queue: whole numbers that ascend, then the id. Scores count in thousandths of a nat. */
export const alertOrders = {
  gravest: [`toInt64(-${rank})`, '-a.evidence_at'],
  /** As the table itself is ordered: it is read until the page is full. */
  newest: ['-a.opened_at'],
  oldest: ['a.opened_at'],
  changed: ['-toUnixTimestamp64Milli(a.log_time)'],
  score: ['-toInt64(round(a.score * 1000))'],
  deadline: ['if(a.approval_deadline = 0, 4102444800000, a.approval_deadline)'],
} as const
export type AlertOrder = keyof typeof alertOrders

type AlertParameters = Record<string, unknown> & { tenant: string; rows: number }

/** In which order, and whether from a place on. */
export interface AskedOrder {
  readonly order: AlertOrder
  readonly after: boolean
}

const keysOf = (order: AlertOrder): string => [...alertOrders[order], 'a.tenant', 'a.id'].join(', ')

/** What is read of alerts that hold `condition` (SQL of ours: what people wrote stands in parameters alone), from a place on. */
function heldBy(condition: string, { order, after }: AskedOrder): string {
  const own = alertOrders[order]
  const numbers = own.map((_key, index) => `{n${index}:Int64}`)
  const beyond = ` AND ${own[0]} >= {n0:Int64} AND (${keysOf(order)}) > (${[...numbers, '{at_tenant:String}', '{at_id:String}'].join(', ')})`
  return `${latest} AND (${condition})${after ? beyond : ''}`
}

/**
 * Places of the first rows that hold it, whether another revision stands by now or not: putting revisions together costs as much again as
 * finding the rows, where a million are looked through. Open alerts lie together and are found by an index.
 */
export const alertPlacesQuestion = (condition: string, asked: AskedOrder): Query<AlertParameters, AlertPlace> =>
  question(
    `places of alerts by ${asked.order}`,
    `SELECT a.tenant AS tenant, a.id AS id, a.opened_at AS opened_at, [${alertOrders[asked.order].join(', ')}] AS place FROM alert_list AS a
WHERE ${heldBy(condition, asked)} ORDER BY ${keysOf(asked.order)} LIMIT {rows:UInt32}`,
    AlertPlace,
    2,
  )
const AlertPlace = z.object({ tenant: z.string(), id: z.string(), opened_at: z.number(), place: z.array(z.number()) })
export type AlertPlace = z.infer<typeof AlertPlace>

/** Of the alerts of these places those that hold it as they now stand, whole. */
export const alertsAtPlacesQuestion = (
  condition: string,
  asked: AskedOrder,
): Query<AlertParameters & { ages: number[]; tenants: string[]; ids: string[] }, StoredAlert> =>
  question(
    `alerts at places by ${asked.order}`,
    `SELECT ${columns}, [${alertOrders[asked.order].join(', ')}] AS place FROM alert_list AS a FINAL
WHERE (-a.opened_at, a.tenant, a.id) IN (
  SELECT of.1, of.2, of.3 FROM (SELECT arrayJoin(arrayZip({ages:Array(Int64)}, {tenants:Array(String)}, {ids:Array(String)})) AS of))
  AND ${heldBy(condition, asked)}
ORDER BY ${keysOf(asked.order)} LIMIT {rows:UInt32}`,
    StoredAlert,
  )

/** The same in one question, whatever revisions there are: first which alerts, by the columns that decide it; then those few rows whole. */
export const alertRowsQuestion = (condition: string, asked: AskedOrder): Query<AlertParameters, StoredAlert> =>
  question(
    `alerts by ${asked.order}`,
    `SELECT ${columns}, [${alertOrders[asked.order].join(', ')}] AS place FROM alert_list AS a FINAL
WHERE (-a.opened_at, a.tenant, a.id) IN (
  SELECT -a.opened_at, a.tenant, a.id FROM alert_list AS a FINAL
  WHERE ${heldBy(condition, asked)} ORDER BY ${keysOf(asked.order)} LIMIT {rows:UInt32})
ORDER BY ${keysOf(asked.order)} LIMIT {rows:UInt32}`,
    StoredAlert,
  )

/** The newest alerts of what `marks` names (SQL of ours on rows `m` of `alert_marks`), as they now stand. */
export const markedAlertsQuestion = (marks: string): Query<AlertParameters, StoredAlert> =>
  question(
    'alerts by what they are of',
    `SELECT ${columns}, [${alertOrders.newest[0]}] AS place FROM alert_list AS a FINAL
WHERE (-a.opened_at, a.tenant, a.id) IN (
  SELECT DISTINCT -m.opened_at AS age, m.tenant AS tenant, m.id AS id FROM alert_marks AS m
  WHERE m.tenant = {tenant:String} AND (${marks}) ORDER BY age, id LIMIT {rows:UInt32})
ORDER BY -a.opened_at, a.tenant, a.id LIMIT {rows:UInt32}`,
    StoredAlert,
  )

/** How many hold it, up to a bound. */
export const alertCountQuestion = (condition: string): Query<AlertParameters, { alerts: number }> =>
  question(
    'alerts counted',
    `SELECT count() AS alerts FROM (SELECT 1 FROM alert_list AS a FINAL WHERE ${latest} AND (${condition}) LIMIT {rows:UInt32})`,
    z.object({ alerts: z.number() }),
  )

const AlertGroupCounts = z.object({
  tenant: z.string(),
  name: z.string(),
  alerts: z.number(),
  ...{ low: z.number(), medium: z.number(), high: z.number(), critical: z.number() },
  newest_at: z.number(),
})
export type AlertGroupCounts = z.infer<typeof AlertGroupCounts>

/** Rows by what they have in common: `key` is SQL of ours. */
export const alertGroupsQuestion = (condition: string, key: string) =>
  question(
    'alerts grouped',
    `SELECT a.tenant AS tenant, ${key} AS name, count() AS alerts, countIf(a.severity = 'low') AS low, countIf(a.severity = 'medium') AS medium,
  countIf(a.severity = 'high') AS high, countIf(a.severity = 'critical') AS critical, max(a.opened_at) AS newest_at
FROM alert_list AS a FINAL WHERE ${latest} AND (${condition})
GROUP BY tenant, name ORDER BY critical DESC, high DESC, medium DESC, low DESC, newest_at DESC, tenant, name LIMIT {rows:UInt32}`,
    AlertGroupCounts,
    2,
  )

/** A row as the contract has it, but for who works on it: alerts do not say that. */
export type UnassignedRow = Omit<AlertRow, 'assignee'>

/** A row of the store. */
export function storedAlertRow(stored: StoredAlert, registry: RegistryView): UnassignedRow {
  const { verdict_answer, verdict_issuer, verdict_at, place: _place, ...row } = stored
  const verdict = verdict_answer === '' ? null : { answer: verdict_answer, issuer: verdict_issuer, time: verdict_at }
  const entry = registry.agent(row)
  return { ...row, role: entry?.role ?? null, registered: entry !== undefined, verdict }
}

/** The same of an alert's record: `changedAt` is the log time of this revision. */
export function alertRowOf(alert: Alert, changedAt: number, registry: RegistryView): UnassignedRow {
  const { id, revision, tenant, agent, tier, cause, target, state, severity, summary, opened_at } = alert
  const word = alert.verdicts.at(-1)
  const entry = registry.agent(alert)
  return {
    ...{ id, revision, tenant, agent, tier, cause, target, state, severity, summary, opened_at },
    owner: alert.owner ?? null,
    role: entry?.role ?? null,
    registered: entry !== undefined,
    changed_at: changedAt,
    ...{ first_seen: alert.first_seen, last_seen: alert.last_seen },
    closed_at: alert.closed_at ?? null,
    close_reason: alert.close_reason ?? null,
    finding_count: alert.finding_count,
    score: Math.max(...alert.findings.map(({ score }) => score), 0),
    response: alert.response,
    response_limited_by: alert.response_limited_by ?? null,
    command_id: alert.command?.id ?? null,
    command_state: alert.command_state,
    approval_deadline: alert.approval_deadline ?? null,
    verdict: word === undefined ? null : { answer: word.answer, issuer: word.issuer, time: word.time },
  }
}
