import { keyVersion } from '@straylight/baseline/count/counted-keys'
import type { Store } from '@straylight/runtime/store/store'
import { dayMs } from '@straylight/schemas/duration'
import type { Suppression } from '@straylight/schemas/suppression'
import { alertText, commandText, eventText, findingText, rejectionText } from './console-records.ts'

/** How much is in the store. */
export interface StoreSize {
  readonly agents: number
  readonly alerts: number
}

const eventsOfAgent = 30
const sessionsOfAgent = 10
/** One agent (number 7) is busier than all others. */
const busyAgentEvents = 50_000
/** Agents of a peer group. */
const peersOfGroup = 1_000
/** Suppressions in force. */
const suppressionsInForce = 300
/** Rows made by one statement. */
const rowsOfStatement = 200_000
/** Alerts are spread over so many days, nearly as long as the store keeps them; events and sessions over these. */
const alertDays = 390
const eventDays = 120

/** Name and tenant of an agent, by its number, as the rows have it. */
export const agentOf = (number: number): { tenant: string; agent: string } => ({
  tenant: `tenant-${number % 4}`,
  agent: `agent-${String(number).padStart(6, '0')}`,
})

/** Fills the tables that the console reads with rows that the engine makes up by itself. */
export async function fillStore(
  store: Store,
  size: StoreSize,
  { now, say }: { now: number; say: (sentence: string) => void },
): Promise<void> {
  for (const { table, rows, columns, select } of fillings(size, now)) {
    const began = performance.now()
    for (let from = 0; from < rows; from += rowsOfStatement) {
      const numbers = `numbers(${from}, ${Math.min(rowsOfStatement, rows - from)})`
      await store.run({ name: `fill ${table}`, sql: `INSERT INTO ${table} (${columns}) ${select(numbers)}` }, {})
    }
    say(`${rows.toLocaleString('en')} rows of ${table} in ${Math.round((performance.now() - began) / 1000)} s`)
  }
  const tenants = [0, 1, 2, 3].map((number) => ({ tenant: `tenant-${number}`, agents: Math.round(size.agents / 4) }))
  const suppressions = Array.from({ length: suppressionsInForce }, (_, number) => suppressionOf(number, now))
  const knowledge = {
    ...{ model: { name: 'straylight-default/3' }, tenants: [], learning_days: 21 },
    ...{ suppressions, population: tenants },
  }
  const version = { version: 1, sha256: 'x', made_at: now, learnt_until: now, origin_day: 20_000, corrections: 0 }
  await store.insert('knowledge', [{ ...version, knowledge: JSON.stringify(knowledge) }])
}

/** What a false verdict keeps quiet. */
const suppressionOf = (number: number, now: number): Suppression => ({
  ...{ ...agentOf(number), cause: 'new_system', target: `sys-${number}`, score_max: 20, alert_id: `alr_${number}` },
  ...{
    from: now - dayMs,
    until: now + (1 + number) * dayMs,
    verdict_id: `vdt_${number}`,
    issuer: 'ana',
    reason: 'known',
  },
})

interface Filling {
  readonly table: string
  readonly rows: number
  readonly columns: string
  /** Of a table of numbers from 0 to `rows`. */
  readonly select: (numbers: string) => string
}

const time = (ms: string): string => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`
const tenant = "concat('tenant-', toString(a % 4)) AS tenant"
const agent = "concat('agent-', leftPad(toString(a), 6, '0')) AS agent"
const spreadAge = `cityHash64(number, 9) % ${eventDays * dayMs}`

function fillings({ agents, alerts }: StoreSize, now: number): Filling[] {
  return [
    eventRows({ agents, now, rows: agents * eventsOfAgent, mark: 'evt' }),
    eventRows({ agents: 1, now, rows: busyAgentEvents, mark: 'busy' }),
    sessionRows(agents, now),
    // What was changed lately has the revision before it beside it.
    alertRows({ agents, alerts, now, rows: Math.round(alerts / 5), revision: 1 }),
    alertRows({ agents, alerts, now, rows: alerts, revision: 2 }),
    ...rowsBeside(agents, alerts, now),
  ]
}

function eventRows(of: { agents: number; now: number; rows: number; mark: string }): Filling {
  const { agents, now, rows, mark } = of
  const session =
    agents === 1
      ? "concat('busy-', toString(number % 50))"
      : `concat('ses-', toString(number % ${agents * sessionsOfAgent}))`
  return {
    ...{ table: 'events', rows },
    columns: `tenant, agent, hour, source_topic, source_partition, source_offset, source_index, log_partition, log_offset, log_time,
knowledge_version, event_id, time, vetted, key_version, system, step, destination_keys, bytes_sent, bytes_received, records, outcome, session_key, session,
session_started_at, session_events, late, bears_values, bears_request, event`,
    select: (
      numbers,
    ) => `SELECT tenant, agent, intDiv(at, 3600000), '${mark}', 0, number, 0, 0, number, ${time('at')}, 1, id, ${time('at')}, 0, ${keyVersion},
sys, concat(sys, '/', act), [concat('host-', toString(a % 7 + number % 3), '.example')], number % 5000, number % 900, number % 40, 'success', ses, ses,
${time('at')}, 1, 0, 0, 0, ${eventText}
FROM (SELECT number, ${agents === 1 ? '7' : `number % ${agents}`} AS a, ${tenant}, ${agent}, ${now} - ${spreadAge} AS at,
concat('${mark}-', toString(number)) AS id, concat('sys-', toString((a + cityHash64(number, 1) % 3) % 6)) AS sys,
concat('act.', toString(cityHash64(number, 2) % 2)) AS act, ${session} AS ses FROM ${numbers})`,
  }
}

function sessionRows(agents: number, now: number): Filling {
  return {
    ...{ table: 'sessions', rows: agents * sessionsOfAgent },
    columns:
      'log_partition, log_offset, log_time, tenant, agent, session, started_at, ended_at, events, highest_score, highest_risk, knowledge_version, record',
    select: (
      numbers,
    ) => `SELECT 0, number, ${time('at')}, tenant, agent, concat('ses-', toString(number)), ${time('at - 60000')}, ${time('at')}, 3, number % 20, number % 9, 1, '{"usual":true}'
FROM (SELECT number, number % ${agents} AS a, ${tenant}, ${agent}, ${now} - ${spreadAge} AS at FROM ${numbers})`,
  }
}

/** What alert `n` is of, the newest first; one of 25 is open, nearly all of them among the newest, and one of 20 has a command. */
function madeAlerts({ agents, alerts, now }: { agents: number; alerts: number; now: number }, numbers: string): string {
  return `SELECT ${alerts} - 1 - number AS n, cityHash64(n, 7) % ${agents} AS a, ${tenant}, ${agent},
concat('owner-', toString(a % 500), '@acme.example') AS owner, concat('evt-', toString(a)) AS event, concat('ses-', toString(a)) AS session,
concat('alr_', lower(hex(cityHash64(n))), leftPad(toString(n), 8, '0')) AS id,
toInt64(${now} - intDiv((${alerts} - n) * ${alertDays * dayMs}, ${alerts})) AS at, formatDateTime(toDateTime(intDiv(at, 1000), 'UTC'), '%FT%TZ') AS iso,
['low', 'medium', 'high', 'critical'][1 + (cityHash64(n, 2) % 16 > 7) + (cityHash64(n, 2) % 16 > 12) + (cityHash64(n, 2) % 16 > 14)] AS severity,
['new_system', 'new_action', 'volume', 'new_destination', 'behaviour'][1 + cityHash64(n, 3) % 5] AS cause,
concat('sys-', toString(cityHash64(n, 4) % 400)) AS target,
multiIf(n > ${alerts} - 100, 'awaiting_approval', n > ${alerts} * 0.965 OR cityHash64(n, 5) % 10000 = 0, 'open', 'closed') AS final_state,
multiIf(n > ${alerts} - 100, 'held', cityHash64(n, 6) % 20 = 0, ['sent', 'applied', 'refused', 'shadow'][1 + cityHash64(n, 8) % 4], 'none') AS command,
concat(agent, ' did what it never did before on ', target, ', 12 times its usual.') AS summary FROM ${numbers}`
}

function alertRows(of: { agents: number; alerts: number; now: number; rows: number; revision: number }): Filling {
  const { now, rows, revision } = of
  const closed = "state = 'closed'"
  const answered = `${closed} AND n % 10 = 0`
  return {
    ...{ table: 'alerts', rows },
    columns: `log_partition, log_offset, log_time, tenant, agent, id, revision, time, state, severity, cause, target, response, command_state, record,
owner, tier, summary, opened_at, first_seen, evidence_at, closed_at, close_reason, finding_count, score, limited_by, command_id, approval_deadline,
hold_until, verdict_answer, verdict_issuer, verdict_at`,
    select: (
      numbers,
    ) => `SELECT 0, n, ${time(`at + ${revision} * 60000`)}, tenant, agent, id, ${revision}, ${time('at')}, state, severity, cause, target, 'alert', command,
${alertText(revision)}, owner, 'medium', summary, at, at, at, if(${closed}, at + ${dayMs}, 0), if(${closed}, 'quiet', ''), 1, 12.5 + n % 30, '',
if(command = 'none', '', concat('cmd_', id)), if(state = 'awaiting_approval', ${now + 600_000}, 0), if(command = 'applied', at + ${dayMs}, 0),
if(${answered}, 'false', ''), if(${answered}, 'ana', ''), if(${answered}, at + 1000, 0)
FROM (SELECT *, ${revision === 1 ? "'open'" : 'final_state'} AS state FROM (${madeAlerts(of, numbers)}))`,
  }
}

function rowsBeside(agents: number, alerts: number, now: number): Filling[] {
  const sentAt = time(`${now} - number * 1000`)
  const tenth = Math.round(alerts / 10)
  return [
    {
      ...{ table: 'findings', rows: alerts },
      columns:
        'log_partition, log_offset, log_time, tenant, agent, id, event_id, session, time, cause, severity, score, risk, held_out, source_partition, source_offset, source_index, record',
      select: (
        numbers,
      ) => `SELECT 0, n, ${time('at')}, tenant, agent, concat('fnd_', id), event, session, ${time('at')}, cause, severity, 12.5, 4.5, 0, 0, n, 0, ${findingText}
FROM (${madeAlerts({ agents, alerts, now }, numbers)})`,
    },
    {
      ...{ table: 'verdicts', rows: tenth },
      columns: 'log_partition, log_offset, log_time, tenant, agent, id, alert_id, answer, issuer, signed, record',
      select: (numbers) => `SELECT 0, number, ${sentAt}, tenant, agent, concat('vdt_', toString(number)),
concat('alr_', lower(hex(cityHash64(n))), leftPad(toString(n), 8, '0')), 'false', 'ana', '', '{}'
FROM (SELECT number, number * 10 AS n, cityHash64(n, 7) % ${agents} AS a, ${tenant}, ${agent} FROM ${numbers})`,
    },
    {
      ...{ table: 'revocations', rows: alerts },
      columns: 'log_partition, log_offset, log_time, tenant, agent, id, type, alert_id, mode, signed, record',
      select: (
        numbers,
      ) => `SELECT 0, n, ${time('at + 1000')}, tenant, agent, concat('cmd_', id), 'straylight.agent.credential.revoke.v1', id, if(command = 'shadow', 'dry_run', 'enforce'), '', ${commandText}
FROM (${madeAlerts({ agents, alerts, now }, numbers)}) WHERE command NOT IN ('none', 'held')`,
    },
    {
      ...{ table: 'results', rows: alerts },
      columns: 'log_partition, log_offset, log_time, tenant, agent, command_id, status, status_code, record',
      select: (numbers) =>
        `SELECT 0, n, ${time('at + 2000')}, tenant, agent, concat('cmd_', id), 'success', if(command = 'applied', 'applied', 'denied'), if(command = 'applied', '{"status_id":1}', '{"status_id":2}')
FROM (${madeAlerts({ agents, alerts, now }, numbers)}) WHERE command IN ('applied', 'refused')`,
    },
    {
      ...{ table: 'agent_groups', rows: agents },
      columns: 'knowledge_version, tenant, agent, peer_group',
      select: (
        numbers,
      ) => `SELECT 1, ${tenant}, ${agent}, concat('role:', toString(a % ${Math.max(1, Math.round(agents / peersOfGroup / 4) * 4)}))
FROM (SELECT number AS a FROM ${numbers})`,
    },
    {
      ...{ table: 'rejections', rows: tenth },
      columns:
        'log_partition, log_offset, log_time, tenant, agent, code, reason, source_partition, source_offset, source_index, sha256, record',
      select: (numbers) =>
        `SELECT 0, number, ${sentAt}, concat('tenant-', toString(number % 4)), '', 'invalid_field', 'no', 0, number, 0, '', ${rejectionText} FROM ${numbers}`,
    },
    {
      ...{ table: 'held_out', rows: Math.round(tenth / 2) },
      columns:
        'tenant, agent, hour, source_topic, source_partition, source_offset, source_index, state, why, revision, was_held, event_id, finding_id, alert_id, time, marked_at',
      select: (
        numbers,
      ) => `SELECT tenant, agent, intDiv(at, 3600000), 'evt', 0, number, 0, if(number % 3 = 0, 'held', 'released'), 'score', 1, 1, '', '', '', ${time('at')}, ${time('at')}
FROM (SELECT number, number % ${agents} AS a, ${tenant}, ${agent}, ${now} - ${spreadAge} AS at FROM ${numbers})`,
    },
  ]
}
