import { partitionKeyOf } from '@straylight/schemas/partition-key'
import type { z } from 'zod'
import { agentsMax } from '../agents/agents-max.ts'
import type { RegistryView } from '../agents/registry-view.ts'
import { type Asker, tenantFor } from '../asker.ts'
import type { ConsoleGround } from '../console-ground.ts'
import type { AlertGroups, AlertGroupsQuery, AlertPage, AlertRow, AlertsQuery } from '../contract/alert-row.ts'
import { cursorOf, placeOfCursor } from '../questions/cursor.ts'
import {
  type AlertGroupCounts,
  type AlertOrder,
  alertCountQuestion,
  alertGroupsQuestion,
  alertOrders,
  markedAlertsQuestion,
  type StoredAlert,
  storedAlertRow,
  type UnassignedRow,
} from './alert-rows.ts'
import { type AlertCondition, alertCondition } from './alert-search.ts'
import { firstAlerts } from './first-alerts.ts'

/** Alerts are counted up to here. */
const totalMax = 10_000
const groupsMax = 200

/** A page of the queue. */
export async function alertPageOf(
  ground: ConsoleGround,
  asker: Asker,
  query: z.output<typeof AlertsQuery>,
): Promise<AlertPage> {
  const tenant = tenantFor(asker, query.tenant)
  const condition = alertCondition(query, ground.registry)
  const { items, next } = await alertsWhere(ground, { ...query, tenant, condition })
  // All that hold it stand there already: nothing is to be counted.
  const isWhole = next === null && query.cursor === undefined
  const total = isWhole ? items.length : await alertsCounted(ground, tenant, condition)
  return { as_of: ground.now(), items, next, total, total_max: totalMax }
}

/** How many alerts hold a condition; null: more than are counted. */
async function alertsCounted(
  { ask }: ConsoleGround,
  tenant: string,
  { sql, parameters }: AlertCondition,
): Promise<number | null> {
  const [counted] = await ask(alertCountQuestion(sql), { ...parameters, ...{ tenant, rows: totalMax + 1 } })
  const total = counted?.alerts ?? 0
  return total > totalMax ? null : total
}

/** Alerts of one tenant ('': all) that hold a condition, in an order, from a cursor on. */
export async function alertsWhere(
  { ask, registry, assignees }: ConsoleGround,
  asked: {
    tenant: string
    condition: AlertCondition
    sort: AlertOrder
    limit: number
    cursor?: string | undefined
  },
): Promise<{ items: AlertRow[]; next: string | null }> {
  const { tenant, condition, sort, limit } = asked
  const place = placeOfCursor(`alerts ${sort}`, asked.cursor, alertOrders[sort].length)
  const numbers = Object.fromEntries((place?.numbers ?? []).map((number, index) => [`n${index}`, number]))
  const [at_tenant, at_id] = place?.texts ?? []
  const rows = await firstAlerts(ask, condition, {
    ...{ order: sort, after: place !== undefined, rows: limit + 1 },
    parameters: { ...numbers, at_tenant: at_tenant ?? '', at_id: at_id ?? '', tenant },
  })
  const end = rows.length > limit ? rows[limit - 1] : undefined
  const next =
    end === undefined ? null : cursorOf(`alerts ${sort}`, { numbers: end.place, texts: [end.tenant, end.id] })
  return { items: await shownAlerts({ registry, assignees }, rows.slice(0, limit)), next }
}

/** The newest alerts of one tenant that `marks` names, each as it now stands; whether there are more. */
export async function markedAlerts(
  ground: ConsoleGround,
  { tenant, marks, limit }: { tenant: string; marks: AlertCondition; limit: number },
): Promise<{ items: AlertRow[]; more: boolean }> {
  const { rows, more } = await markedRows(ground, { tenant, marks, limit })
  return { items: await ground.assignees.withAssignees(rows), more }
}

/** The same, before it is asked who works on them. */
export async function markedRows(
  { ask, registry }: Pick<ConsoleGround, 'ask' | 'registry'>,
  { tenant, marks, limit }: { tenant: string; marks: AlertCondition; limit: number },
): Promise<{ rows: UnassignedRow[]; more: boolean }> {
  const found = await ask(markedAlertsQuestion(marks.sql), { ...marks.parameters, tenant, rows: limit + 1 })
  return { rows: found.slice(0, limit).map((row) => storedAlertRow(row, registry)), more: found.length > limit }
}

const shownAlerts = (
  { registry, assignees }: Pick<ConsoleGround, 'registry' | 'assignees'>,
  rows: readonly StoredAlert[],
): Promise<AlertRow[]> => assignees.withAssignees(rows.map((row) => storedAlertRow(row, registry)))

/** Columns that alerts are grouped by; a role stands in the registry. */
const groupKeys = {
  ...{ agent: 'a.agent', role: 'a.agent', cause: 'toString(a.cause)', owner: 'a.owner' },
  severity: 'toString(a.severity)',
}

export async function alertGroupsOf(
  ground: ConsoleGround,
  asker: Asker,
  query: z.output<typeof AlertGroupsQuery>,
): Promise<AlertGroups> {
  const { registry } = ground
  const condition = alertCondition(query, registry)
  const byRole = query.by === 'role'
  const found = await ground.ask(alertGroupsQuestion(condition.sql, groupKeys[query.by]), {
    ...condition.parameters,
    ...{ tenant: tenantFor(asker, query.tenant), rows: byRole ? agentsMax : groupsMax + 1 },
  })
  const rows = byRole ? groupsOfRoles(found, registry) : found
  const groups = rows.slice(0, groupsMax).map(({ tenant, name, alerts, low, medium, high, critical, newest_at }) => ({
    ...{ tenant, alerts, newest_at, severities: { low, medium, high, critical } },
    name: name === '' ? null : name,
    search: name === '' ? null : `tenant:${quoted(tenant)} ${query.by}:${quoted(name)}`,
  }))
  return { as_of: ground.now(), groups, more: rows.length > groupsMax }
}

/** Agents' groups added up by the roles that the registry gives them, the gravest first. */
function groupsOfRoles(ofAgents: readonly AlertGroupCounts[], registry: RegistryView): AlertGroupCounts[] {
  const groups = new Map<string, AlertGroupCounts>()
  for (const { tenant, name: agent, ...counts } of ofAgents) {
    const name = registry.agent({ tenant, agent })?.role ?? ''
    const key = partitionKeyOf(tenant, name)
    const known = groups.get(key)
    if (known === undefined) groups.set(key, { tenant, name, ...counts })
    else {
      for (const count of ['alerts', 'low', 'medium', 'high', 'critical'] as const) known[count] += counts[count]
      known.newest_at = Math.max(known.newest_at, counts.newest_at)
    }
  }
  const gravity = ['critical', 'high', 'medium', 'low', 'newest_at'] as const
  return [...groups.values()].sort((one, other) => {
    const by = gravity.find((name) => one[name] !== other[name])
    if (by !== undefined) return other[by] - one[by]
    return one.tenant + one.name < other.tenant + other.name ? -1 : 1
  })
}

const quoted = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`
