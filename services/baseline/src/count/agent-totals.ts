import type { Query, Statement, Store } from '@straylight/runtime/store/store'
import { z } from 'zod'
import { agentLists, amongAgents } from '../profiles/profile-counts.ts'
import { dayWeightTerm } from './day-weight-term.ts'
import { agedBefore, type LearntParameters, learntHours } from './learnt-hours.ts'

/** Tells two sets of hours apart: of an hour it takes what changes when its counts do. */
const hourPrint = 'cityHash64({origin_day:Int32}, hour, vetted, events, checksum)'

const ChangedRow = z.object({
  tenant: z.string(),
  agent: z.string(),
  /** Up to where the row that stands has learnt; -1 where what it has learnt has changed since, so that nothing of it can stay. */
  kept_until: z.number(),
})
type ChangedRow = z.infer<typeof ChangedRow>

/**
 * Agents whose learnt hours are not those that their row adds up. Derived from the tables alone, so it is right after any crash; reads no keys,
 * some 40 bytes an hour.
 */
const changedAgents: Query<LearntParameters, ChangedRow> = {
  name: 'agents with new learnt hours',
  sql: `
SELECT tenant, agent, if(kept = stands AND standing > 0 AND until_hour <= {until_hour:UInt32}, toInt64(until_hour), -1) AS kept_until
FROM (
  SELECT tenant, agent, sum(due) AS due, sum(kept) AS kept, sum(stands) AS stands, sum(standing) AS standing, max(until) AS until_hour
  FROM (
    SELECT tenant, agent, ${hourPrint} * (${learntHours}) AS due, ${hourPrint} * (${agedBefore('totals.kept_until')}) AS kept,
      toUInt64(0) AS stands, toUInt8(0) AS standing, toUInt32(0) AS until
    FROM (SELECT tenant, agent, hour, vetted, events, checksum, last_log_time FROM agent_hours FINAL) AS hours
    LEFT JOIN (SELECT tenant, agent, until_hour AS kept_until FROM agent_totals FINAL) AS totals USING (tenant, agent)
    UNION ALL
    SELECT tenant, agent, toUInt64(0), toUInt64(0), fingerprint, toUInt8(1), until_hour FROM agent_totals FINAL
  )
  GROUP BY tenant, agent
)
WHERE due != stands
ORDER BY kept_until, tenant, agent`,
  row: ChangedRow,
}

type AddHours = LearntParameters & {
  readonly tenants: readonly string[]
  readonly agents: readonly string[]
  readonly kept_untils: readonly number[]
  /** The least of `kept_untils`, 0 where one of them is -1: hours before it are read only where they came late. */
  readonly since_hour: number
}

/** The agents of the parameters with what of their rows may stay. */
const named = `(
      SELECT entry.1 AS tenant, entry.2 AS agent, entry.3 AS kept_until
      FROM (SELECT arrayJoin(arrayZip({tenants:Array(String)}, {agents:Array(String)}, {kept_untils:Array(Int64)})) AS entry)
    ) AS named`

/** Families that are none: under them stand the number of events and the fingerprint of what is added up, so that all is read once. */
const eventsFamily = 254
const printFamily = 255

/** The lists of an hour, or of a row that stays, with these two behind them; no lambda takes up an array from outside. */
const lists = (counts: string, events: string, print: string): string => `
      arrayConcat(families, [${eventsFamily}, ${printFamily}]) AS families, arrayConcat(contexts, [toUInt64(0), toUInt64(0)]) AS contexts,
      arrayConcat(keys, [toUInt64(1), toUInt64(1)]) AS keys, arrayConcat(${counts}, [toUInt64(${events}), ${print}]) AS counts`

/** Writes the rows of some agents; an agent that has no learnt hour any more gets a row without counts. Run again, it writes the same rows. */
const addHours: Statement<AddHours> = {
  name: 'add up learnt hours',
  sql: `
INSERT INTO agent_totals (tenant, agent, until_hour, families, contexts, keys, counts, events, fingerprint)
SELECT tenant, agent, {until_hour:UInt32}, groupArrayIf(family, family < ${eventsFamily}), groupArrayIf(context, family < ${eventsFamily}),
  groupArrayIf(key, family < ${eventsFamily}), groupArrayIf(n, family < ${eventsFamily}),
  sumIf(n, family = ${eventsFamily}), sumIf(n, family = ${printFamily})
FROM (
  SELECT tenant, agent, family, context, key, sum(counted) AS n
  FROM (
    SELECT tenant, agent,${lists(`arrayMap(times -> times * ${dayWeightTerm}, hours.counts)`, 'hours.events', hourPrint)}
    FROM (
      SELECT * FROM agent_hours FINAL
      WHERE ${amongAgents} AND (hour >= {since_hour:UInt32} OR vetted = 2) AND ${learntHours}
    ) AS hours
    INNER JOIN ${named} USING (tenant, agent)
    WHERE NOT (kept_until >= 0 AND ${agedBefore('toUInt32(greatest(0, kept_until))')})
    UNION ALL
    SELECT tenant, agent,${lists('standing.counts', 'standing.events', 'standing.fingerprint')}
    FROM (SELECT * FROM agent_totals FINAL WHERE ${amongAgents}) AS standing
    INNER JOIN ${named} USING (tenant, agent)
    WHERE kept_until >= 0
    UNION ALL
    SELECT tenant, agent, [toUInt8(${eventsFamily})], [toUInt64(0)], [toUInt64(1)], [toUInt64(0)] FROM ${named}
  )
  ARRAY JOIN families AS family, contexts AS context, keys AS key, counts AS counted
  WHERE key != 0
  GROUP BY tenant, agent, family, context, key
)
GROUP BY tenant, agent`,
}

/** Agents of one statement: what it gathers is some megabytes a thousand. */
const agentsAtOnce = 5_000

/** Brings `agent_totals` up to `agent_hours`. Returns how many agents had changed. */
export async function addUpAgents(store: Store, learnt: LearntParameters): Promise<number> {
  const changed = await store.query(changedAgents, learnt)
  // Those that are added up anew read all their hours: not together with those that only gain a day.
  const anew = changed.filter(({ kept_until }) => kept_until < 0)
  const more = changed.filter(({ kept_until }) => kept_until >= 0)
  for (const agents of [anew, more]) {
    for (let from = 0; from < agents.length; from += agentsAtOnce) {
      const some = agents.slice(from, from + agentsAtOnce)
      const kept_untils = some.map(({ kept_until }) => kept_until)
      const since_hour = Math.max(0, kept_untils[0] ?? 0)
      await store.run(addHours, { ...learnt, ...agentLists(some), kept_untils, since_hour })
    }
  }
  return changed.length
}
