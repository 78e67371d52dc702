import { setImmediate as nextTurn } from 'node:timers/promises'
import { OrderRow, orderColumns, orderOf } from '@straylight/baseline/count/order-column'
import { refuseOtherKeys } from '@straylight/baseline/count/rebuild-events'
import { AgentClocks } from '@straylight/baseline/profiles/agent-clocks'
import { historyPartition } from '@straylight/baseline/profiles/import-history'
import { pastMaxima } from '@straylight/baseline/profiles/past-maxima'
import { profilesFromHours } from '@straylight/baseline/profiles/profile-counts'
import type { OrderContext } from '@straylight/models/event/event-shape'
import { Profile } from '@straylight/models/profile/profile'
import { conclude, type Judgement, observe } from '@straylight/models/scoring/judge'
import { ScoringModel } from '@straylight/models/scoring/scoring-model'
import type { Query, Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { Knowledge } from '@straylight/schemas/knowledge'
import type { AgentName } from '@straylight/schemas/partition-key'
import { LoadedKnowledge } from '@straylight/score/judge/loaded-knowledge'
import { z } from 'zod'
import { applyCorrections, correctsAgent, withoutImported } from './apply-corrections.ts'

interface StoredEvent {
  readonly tenant: string
  readonly agent: string
  readonly partition: number
  readonly offset: number
  readonly event: string
  readonly order: OrderRow
}

/** Of all agents, where none is named. */
const eventById: Query<{ id: string; tenant: string; agent: string }, StoredEvent> = {
  name: 'event by id',
  sql: `SELECT tenant, agent, log_partition AS partition, log_offset AS offset, event, ${orderColumns()}
    FROM events FINAL WHERE event_id = {id:String}
      AND ({agent:String} = '' OR (tenant = {tenant:String} AND agent = {agent:String}))
    ORDER BY log_partition DESC, log_offset DESC LIMIT 1`,
  row: z
    .object({
      tenant: z.string(),
      agent: z.string(),
      partition: z.coerce.number(),
      offset: z.coerce.number(),
      event: z.string(),
      ...OrderRow.shape,
    })
    .transform(({ late, order_context, ...row }) => ({ ...row, order: { late, order_context } })),
}

const eventsUntil: Query<
  { tenant: string; agent: string; offset: number },
  { version: number; log_time: number; event: string }
> = {
  name: 'events of an agent',
  sql: `SELECT e.knowledge_version AS version, toUnixTimestamp64Milli(e.log_time) AS log_time,
      e.event AS event FROM events AS e FINAL
    WHERE e.tenant = {tenant:String} AND e.agent = {agent:String} AND e.log_partition >= 0 AND e.log_offset <= {offset:Int64}
    ORDER BY e.log_offset`,
  row: z.object({ version: z.number(), log_time: z.number(), event: z.string() }),
}

const knowledgeVersions: Query<Record<string, never>, { knowledge: string }> = {
  name: 'knowledge versions',
  sql: `SELECT k.knowledge AS knowledge FROM knowledge AS k FINAL ORDER BY version`,
  row: z.object({ knowledge: z.string() }),
}

/** Events judged again before others have their turn: some milliseconds. */
const turnEvents = 20

/** What the store still tells of an event. */
export type Reproduced =
  | { readonly found: 'nothing' }
  | { readonly found: 'history'; readonly event: AgentEvent }
  | {
      readonly found: 'judgement'
      readonly judgement: Judgement
      readonly place: { partition: number; offset: number }
      /** Its place in its session, as it was counted. */
      readonly order: OrderContext
    }

/**
 * Judges a stored event again, from what is stored: the agent's imported history, then its events in log order, each under
 * the knowledge version that the log said at its place, with what each version corrected: so the numbers are the alert's own. `of`: whose
 * event, since agents may send the same id; without it the latest. Needs an open tensor backend.
 */
export async function reproduceJudgement(
  store: Store,
  eventId: string,
  of: { tenant: string; agent: string } = { tenant: '', agent: '' },
): Promise<Reproduced> {
  await refuseOtherKeys(store)
  const [stored] = await store.query(eventById, { id: eventId, tenant: of.tenant, agent: of.agent })
  if (!stored) return { found: 'nothing' }
  if (stored.partition === historyPartition) return { found: 'history', event: JSON.parse(stored.event) as AgentEvent }
  const versions = (await store.query(knowledgeVersions, {})).map(({ knowledge }) =>
    Knowledge.parse(JSON.parse(knowledge)),
  )
  const first = versions[0]
  if (!first) return { found: 'nothing' }
  const profile = startsWithHistory(versions, stored)
    ? await importedProfile(store, stored, importVersion(versions, stored.tenant) ?? first)
    : new Profile()
  const loaded = new Map<number, LoadedKnowledge>()
  const judgingBy = (knowledge: Knowledge): LoadedKnowledge => {
    const judging = loaded.get(knowledge.version) ?? load(knowledge)
    loaded.set(knowledge.version, judging)
    return judging
  }
  let judgement: Judgement | undefined
  const { tenant, agent, offset } = stored
  const corrects = versions.filter((knowledge) => correctsAgent(knowledge, stored))
  if (profile.events > 0) for (const knowledge of corrects) withoutImported(profile, stored, judgingBy(knowledge))
  let judged = 0
  for (const { version, log_time, event } of await store.query(eventsUntil, { tenant, agent, offset })) {
    // Before the first marker score judges by the first version; one that has expired gives way to the next.
    const knowledge = versions.find((known) => known.version >= version) ?? first
    const judging = judgingBy(knowledge)
    for (let next = corrects[0]; next !== undefined && next.version <= version; next = corrects[0]) {
      applyCorrections(profile, stored, judgingBy(next))
      corrects.shift()
    }
    // It may run beside detection (the console asks it), which must not wait for all of it.
    if (++judged % turnEvents === 0) await nextTurn()
    judgement = conclude([observe(JSON.parse(event) as AgentEvent, profile, judging, { log_time })])[0]
  }
  if (!judgement) return { found: 'nothing' }
  const place = { partition: stored.partition, offset }
  return { found: 'judgement', judgement, place, order: orderOf(stored.order, judgement.observed.event) }
}

const load = (knowledge: Knowledge): LoadedKnowledge =>
  new LoadedKnowledge(
    knowledge,
    new ScoringModel(ScoringModel.parse(knowledge.model, `knowledge version ${knowledge.version}`)),
  )

/** Whether its profile was made of history: not where all that was imported came to a profile that lived. */
function startsWithHistory(versions: readonly Knowledge[], { tenant, agent }: AgentName): boolean {
  const beside = versions.find(({ corrections }) =>
    corrections.some((of) => of.why === 'imported' && of.tenant === tenant && of.agent === agent),
  )
  if (beside === undefined) return true
  return versions.some(
    ({ version, tenants = [] }) => version < beside.version && tenants.some((of) => of.tenant === tenant && of.vetted),
  )
}

/** The version that the import of a tenant's history made: the first one that has learnt anything of it. */
const importVersion = (versions: readonly Knowledge[], tenant: string): Knowledge | undefined =>
  versions.find(({ levels }) => levels.some((level) => level.tenant === tenant))

/** The agent's profile as the import of history left it; new where there was none. */
async function importedProfile(
  store: Store,
  name: { tenant: string; agent: string },
  knowledge: Knowledge,
): Promise<Profile> {
  const agents = [{ tenant: name.tenant, agent: name.agent }]
  const options = { agents, originDay: knowledge.origin_day, hours: 'history' as const }
  for await (const { tenant, agent, profile } of profilesFromHours(store, options)) {
    const clocks = new AgentClocks(store)
    await clocks.load(historyPartition, agents, Number.MAX_SAFE_INTEGER)
    profile.clock = clocks.clockOf(historyPartition, { tenant, agent })
    await pastMaxima(store)([{ tenant, agent, profile }], knowledge)
    return profile
  }
  return new Profile()
}
