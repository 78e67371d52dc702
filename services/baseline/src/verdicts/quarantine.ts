import type { Query, Statement, Store } from '@straylight/runtime/store/store'
import type { Alert } from '@straylight/schemas/alert'
import { dayMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import type { SetAside } from '@straylight/schemas/set-aside'
import { topics } from '@straylight/schemas/topics'
import { z } from 'zod'
import { hourOf } from '../count/event-row.ts'

/** A row of table `held_out`. */
export type QuarantineMark = Record<string, unknown> & { readonly state: 'held' | 'released' | 'confirmed' }

type MarkedFinding = Pick<Finding, 'id' | 'tenant' | 'agent' | 'event_id' | 'time' | 'log_time' | 'source' | 'held_out'>

function markOf(finding: MarkedFinding, mark: Pick<QuarantineMark, 'state'> & Record<string, unknown>): QuarantineMark {
  return {
    tenant: finding.tenant,
    agent: finding.agent,
    hour: hourOf(finding.time),
    source_topic: topics.audit.name,
    source_partition: finding.source.partition,
    source_offset: finding.source.offset,
    source_index: finding.source.index,
    event_id: finding.event_id,
    finding_id: finding.id,
    alert_id: '',
    time: finding.time,
    was_held: finding.held_out ? 1 : 0,
    ...mark,
  }
}

/** What a finding that was not learnt leaves: its event is not counted until it expires, from its log time on, or a person decides. */
export const quarantineMark = (finding: Finding): QuarantineMark =>
  markOf(finding, { state: 'held', why: 'finding', revision: 0, marked_at: finding.log_time })

/**
 * What score set aside it has not learnt, so it is counted nowhere: confirmed, as no time releases it. Nothing for a record that score
 * learnt, or that was no event.
 */
export function leftOutMarks({ event, log_time }: SetAside): QuarantineMark[] {
  if (event === undefined) return []
  const { tenant, agent, id, time, position } = event
  const { topic: source_topic, ...source } = position
  const finding = { id: '', tenant, agent, event_id: id, time, log_time, source, held_out: true }
  return [markOf(finding, { source_topic, state: 'confirmed', why: 'set_aside', revision: 1, marked_at: log_time })]
}

/**
 * What the last word on an alert, true or false, says of its events: false releases, true confirms. Only what respond has
 * verified stands in an alert's list, so nothing else is believed. Findings that came after the word are not meant by it.
 */
export async function verdictMarks(store: Store, alert: Alert): Promise<QuarantineMark[]> {
  const word = alert.verdicts.filter(({ answer }) => answer === 'true' || answer === 'false').at(-1)
  if (word === undefined) return []
  const whole: MarkedFinding[] = [...alert.findings]
  if (alert.role_change !== undefined) {
    // One word teaches all that these agents began, however many events it came to.
    const { tenant, cause, target, role_change } = alert
    const agents = role_change.agents.map(({ agent }) => agent)
    const began = { tenant, agents, cause, target, from: alert.opened_at, until: word.time }
    whole.push(...(await store.query(findingsOfChange, began)).map(storedFinding))
  } else if (alert.event_ids.length > whole.length) {
    // An alert keeps the first of its findings whole; the others stand in the store by their event's id.
    const { tenant, agent, event_ids } = alert
    whole.push(...(await store.query(findingsOfEvents, { tenant, agent, event_ids })).map(storedFinding))
  }
  const state = word.answer === 'false' ? 'released' : 'confirmed'
  return whole
    .filter(({ log_time }) => log_time <= word.time)
    .map((finding) =>
      markOf(finding, {
        ...{ state, why: `verdict_${word.answer}`, alert_id: alert.id, marked_at: word.time },
        revision: verdictRevision(word.time),
      }),
    )
}

/** Above `held` (0) and `expired` (1); of two verdicts, on this alert or another, the later one stands. */
const verdictRevision = (timeMs: number): number => 2 + timeMs

const FindingRow = z.object({
  id: z.string(),
  tenant: z.string(),
  agent: z.string(),
  event_id: z.string(),
  time: z.number(),
  log_time: z.number(),
  partition: z.number(),
  offset: z.number(),
  index: z.number(),
  held: z.number(),
})

/** `log_time` is the event's, as the finding says; the column of that name is the finding's own. */
const findingsOfEvents: Query<
  { tenant: string; agent: string; event_ids: readonly string[] },
  z.infer<typeof FindingRow>
> = {
  name: 'findings of events',
  sql: `
SELECT id, tenant, agent, event_id, toUnixTimestamp64Milli(time) AS time, JSONExtractInt(record, 'log_time') AS log_time,
  source_partition AS partition, source_offset AS offset, source_index AS index, held_out AS held
FROM findings AS f FINAL
WHERE tenant = {tenant:String} AND agent = {agent:String} AND has({event_ids:Array(String)}, event_id)`,
  row: FindingRow,
}

/** Findings of a role's change that one word speaks of: the first ones. */
const changeFindingsMax = 20_000

const findingsOfChange: Query<
  { tenant: string; agents: readonly string[]; cause: string; target: string; from: number; until: number },
  z.infer<typeof FindingRow>
> = {
  name: 'findings of what a role began',
  sql: `
SELECT id, tenant, agent, event_id, toUnixTimestamp64Milli(time) AS time, JSONExtractInt(record, 'log_time') AS log_time,
  source_partition AS partition, source_offset AS offset, source_index AS index, held_out AS held
FROM findings AS f FINAL
WHERE tenant = {tenant:String} AND has({agents:Array(String)}, agent) AND cause = {cause:String}
  AND JSONExtractString(record, 'target') = {target:String}
  AND JSONExtractInt(record, 'log_time') BETWEEN {from:Int64} AND {until:Int64}
ORDER BY f.time, agent, id
LIMIT ${changeFindingsMax}`,
  row: FindingRow,
}

function storedFinding(row: z.infer<typeof FindingRow>): MarkedFinding {
  const { partition, offset, index, held, ...rest } = row
  return { ...rest, source: { partition, offset, index }, held_out: held === 1 }
}

/** So long an event waits for a verdict, in log time. */
export const quarantineMs = 7 * dayMs

/**
 * Releases what has waited for longer than `quarantineMs`: what the log took before `before`. The event's own time says nothing here, for
 * its sender wrote it. A verdict has a higher revision and stands.
 */
export const expireHeld: Statement<{ before: number }> = {
  name: 'expire quarantined events',
  sql: `
INSERT INTO held_out (tenant, agent, hour, source_topic, source_partition, source_offset, source_index,
  state, why, revision, was_held, event_id, finding_id, alert_id, time, marked_at)
SELECT tenant, agent, hour, source_topic, source_partition, source_offset, source_index,
  'released', 'expired', 1, was_held, event_id, finding_id, alert_id, time, marked_at
FROM held_out FINAL
WHERE state = 'held' AND marked_at < fromUnixTimestamp64Milli({before:Int64})`,
}
