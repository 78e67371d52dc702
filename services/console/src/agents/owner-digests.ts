import { dayMs } from '@straylight/schemas/duration'
import { Severity } from '@straylight/schemas/finding'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import { z } from 'zod'
import { type Asker, tenantFor } from '../asker.ts'
import type { ConsoleGround } from '../console-ground.ts'
import type { AgentRow } from '../contract/agent-row.ts'
import { CommandState } from '../contract/alert-row.ts'
import type { Digests, DigestsQuery, OwnerDigest } from '../contract/digests.ts'
import { question } from '../questions/ask.ts'
import { leastPrivilege } from './least-privilege.ts'
import { usedStepsOf } from './used-steps.ts'

/** Bounds of one owner's digest; where there is more, it says so. */
const usesMax = 200
const alertsMax = 100
const unusedMax = 100
const ownersMax = 1_000
/** Agents whose steps are asked at once. */
const agentsAtOnce = 500

/** By the table's key, the rows of these agents alone are read. */
const newUses = question(
  'new uses of a day',
  `SELECT agent, kind, name, first, min(if(kind = 'step', first, toInt64(4102444800000))) OVER (PARTITION BY agent, system) AS system_first
FROM (
  SELECT u.agent AS agent, u.kind AS kind, u.name AS name, u.system AS system, toUnixTimestamp64Milli(min(u.first_time)) AS first
  FROM agent_uses AS u WHERE u.tenant = {tenant:String} AND u.agent IN {agents:Array(String)} GROUP BY agent, kind, name, system)
QUALIFY first >= {from:Int64} AND first < {until:Int64} ORDER BY first, agent, kind, name LIMIT ${usesMax + 1}`,
  z.object({
    agent: z.string(),
    kind: z.enum(['step', 'destination']),
    name: z.string(),
    first: z.number(),
    system_first: z.number(),
  }),
)

const alertsOfDay = question(
  'alerts of a day',
  `SELECT a.id AS id, a.agent AS agent, a.severity AS severity, a.state AS state, a.summary AS summary, a.opened_at AS opened_at,
  a.verdict_answer AS verdict, a.command_id AS command_id, a.command_state AS command_state
FROM alert_list AS a FINAL WHERE a.tenant = {tenant:String} AND a.agent IN {agents:Array(String)}
  AND a.log_time >= fromUnixTimestamp64Milli({from:Int64}) AND a.opened_at < {until:Int64}
  AND (a.opened_at >= {from:Int64} OR (a.verdict_at >= {from:Int64} AND a.verdict_at < {until:Int64})
    OR (a.command_state != 'none' AND a.log_time < fromUnixTimestamp64Milli({until:Int64})))
ORDER BY indexOf(['critical', 'high', 'medium', 'low'], toString(a.severity)), a.opened_at, a.id LIMIT ${alertsMax + 1}`,
  z.object({
    id: z.string(),
    agent: z.string(),
    severity: Severity,
    state: z.string(),
    summary: z.string(),
    opened_at: z.number(),
    verdict: z.string(),
    command_id: z.string(),
    command_state: CommandState,
  }),
)

/** What happened at each owner's agents on one day: those of whose agents there is something to report. */
export async function ownerDigests(
  ground: ConsoleGround,
  asker: Asker,
  query: z.output<typeof DigestsQuery>,
): Promise<Digests> {
  const tenant = tenantFor(asker, query.tenant)
  const yesterday = Math.floor(ground.now() / dayMs) * dayMs - dayMs
  const from = query.day === undefined ? yesterday : Date.parse(query.day)
  const owners = new Map<string, AgentRow[]>()
  for (const row of await ground.directory(tenant)) {
    if (row.owner === null || (query.owner !== undefined && row.owner !== query.owner)) continue
    const key = partitionKeyOf(row.tenant, row.owner)
    const own = owners.get(key)
    if (own === undefined) owners.set(key, [row])
    else own.push(row)
  }
  const sorted = [...owners.values()].toSorted(byOwner)
  const digests: OwnerDigest[] = []
  for (const rows of sorted.slice(0, ownersMax)) {
    const digest = await digestOf(ground, rows, { from, until: from + dayMs })
    if (digest !== undefined) digests.push(digest)
  }
  const day = new Date(from).toISOString().slice(0, 10)
  const asked = Math.min(sorted.length, ownersMax)
  return { as_of: ground.now(), day, owners: digests, quiet: asked - digests.length, more: sorted.length > ownersMax }
}

const nameOf = (rows: readonly AgentRow[]): string => partitionKeyOf(rows[0]?.tenant ?? '', rows[0]?.owner ?? '')
const byOwner = (one: readonly AgentRow[], other: readonly AgentRow[]): number => (nameOf(one) < nameOf(other) ? -1 : 1)

/** Undefined where nothing happened: what is granted and unused alone is no news. */
async function digestOf(
  ground: ConsoleGround,
  rows: readonly AgentRow[],
  { from, until }: { from: number; until: number },
): Promise<OwnerDigest | undefined> {
  const [first] = rows
  if (first === undefined || first.owner === null) return undefined
  const { tenant, owner } = first
  // Most owners' agents did nothing new: one who was not heard of since has no new use.
  const heard = rows.filter(({ last_seen }) => last_seen !== null && last_seen >= from)
  const uses: { agent: string; kind: 'step' | 'destination'; name: string; first: number; system_first: number }[] = []
  const alerts: z.infer<typeof alertsOfDay.row>[] = []
  for (let at = 0; at < rows.length; at += agentsAtOnce) {
    const asked = { tenant, from, until }
    const named = rows.slice(at, at + agentsAtOnce)
    const heardOf = named.filter((row) => heard.includes(row)).map(({ agent }) => agent)
    if (heardOf.length > 0 && uses.length <= usesMax)
      uses.push(...(await ground.ask(newUses, { ...asked, agents: heardOf })))
    if (alerts.length <= alertsMax)
      alerts.push(...(await ground.ask(alertsOfDay, { ...asked, agents: named.map(({ agent }) => agent) })))
  }
  if (uses.length === 0 && alerts.length === 0) return undefined
  return {
    ...{ tenant, owner, agents: rows.length, heard: heard.length },
    new_uses: {
      items: uses.slice(0, usesMax).map(({ first: first_time, system_first, ...use }) => ({
        ...{ ...use, first_time, new_system: use.kind === 'step' && system_first === first_time },
      })),
      more: uses.length > usesMax,
    },
    alerts: {
      items: alerts.slice(0, alertsMax).map(({ opened_at, verdict, command_id, ...alert }) => ({
        ...{ ...alert, opened: opened_at >= from, verdict: verdict === '' ? null : verdict },
        command_id: command_id === '' ? null : command_id,
      })),
      more: alerts.length > alertsMax,
    },
    unused: await unusedOf(ground, rows),
  }
}

async function unusedOf(ground: ConsoleGround, rows: readonly AgentRow[]): Promise<OwnerDigest['unused']> {
  const bounded = rows.filter((row) => ground.registry.agent(row)?.boundary !== undefined)
  const found: OwnerDigest['unused']['items'] = []
  for (let at = 0; at < bounded.length; at += agentsAtOnce) {
    const some = bounded.slice(at, at + agentsAtOnce)
    const steps = await usedStepsOf(ground.ask, some)
    for (const row of some) {
      const used = steps.get(partitionKeyOf(row.tenant, row.agent)) ?? []
      const { unused_systems: systems, unused_actions: actions } = leastPrivilege(ground.registry.agent(row), used, {
        scopes: [],
      })
      if (systems.length + actions.length > 0) found.push({ agent: row.agent, systems, actions })
    }
  }
  const size = ({ systems, actions }: (typeof found)[number]): number => systems.length + actions.length
  const sorted = found.toSorted((one, other) => size(other) - size(one))
  return { items: sorted.slice(0, unusedMax), more: sorted.length > unusedMax }
}
