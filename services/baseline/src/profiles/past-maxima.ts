import type { OrderContext } from '@straylight/models/event/event-shape'
import { eventShape } from '@straylight/models/event/event-shape'
import { SharedCounts } from '@straylight/models/peers/shared-level'
import { addMaximum } from '@straylight/models/profile/profile'
import { type ProfileKeyHasher, sharedHasher } from '@straylight/models/profile/profile-key-hasher'
import { SessionValues } from '@straylight/models/provenance/session-values'
import { ScoringModel } from '@straylight/models/scoring/scoring-model'
import { type HistoryEvent, leftOutDeviations } from '@straylight/models/session/session-maxima'
import { eventScores } from '@straylight/models/training/fit-model'
import { agentKeyOf, groupKeyOf } from '@straylight/models/training/learn-history'
import type { Query, Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { Knowledge } from '@straylight/schemas/knowledge'
import { z } from 'zod'
import { OrderRow, orderColumns, orderOf } from '../count/order-column.ts'
import type { FinishProfiles, ImportedProfile } from './import-profiles.ts'

/** Newest sessions of an agent that are judged: enough for a mean and a spread. */
const sessionsMax = 100
/** Newest events of an agent that are looked at for them. */
const eventsMax = 5_000
/** Agents whose events are asked for at a time: with the bound above, half a million rows at the most. */
const agentsPerQuery = 100

interface PastEvent {
  readonly tenant: string
  readonly agent: string
  readonly session: string
  readonly started: number
  readonly order: OrderContext
  readonly event: AgentEvent
}

const pastEvents: Query<{ tenants: readonly string[]; agents: readonly string[] }, PastEvent> = {
  name: 'past events of agents',
  sql: `
    SELECT tenant, agent, session, toUnixTimestamp64Milli(session_started_at) AS started,
      ${orderColumns()}, event
    FROM (
      SELECT * FROM events FINAL
      WHERE vetted = 1 AND (tenant, agent) IN (SELECT arrayJoin(arrayZip({tenants:Array(String)}, {agents:Array(String)})))
      ORDER BY log_offset DESC LIMIT ${eventsMax} BY tenant, agent
    )
    ORDER BY tenant, agent, log_offset`,
  row: z
    .object({
      tenant: z.string(),
      agent: z.string(),
      session: z.string(),
      started: z.coerce.number(),
      event: z.string(),
      ...OrderRow.shape,
    })
    .transform(({ tenant, agent, session, started, event: text, ...row }) => {
      const event = JSON.parse(text) as AgentEvent
      return { tenant, agent, session, started, order: orderOf(row, event), event }
    }),
}

/**
 * Gives imported profiles the maxima of their past sessions, each session judged as if it had been new (left out of all
 * three levels): what `score` sets an agent's risk against. Needs an open tensor backend where the model has a network.
 */
export function pastMaxima(store: Store): FinishProfiles {
  return async (profiles, knowledge) => {
    const judge = new PastJudge(knowledge)
    try {
      for (let from = 0; from < profiles.length; from += agentsPerQuery) {
        const some = profiles.slice(from, from + agentsPerQuery)
        const rows = await store.query(pastEvents, {
          tenants: some.map(({ tenant }) => tenant),
          agents: some.map(({ agent }) => agent),
        })
        const byAgent = grouped(rows)
        for (const profile of some) judge.judge(profile, byAgent.get(agentKeyOf(profile)) ?? [])
      }
    } finally {
      judge.dispose()
    }
  }
}

function grouped(rows: readonly PastEvent[]): Map<string, PastEvent[]> {
  const byAgent = new Map<string, PastEvent[]>()
  for (const row of rows) {
    const list = byAgent.get(agentKeyOf(row)) ?? []
    byAgent.set(agentKeyOf(row), list)
    list.push(row)
  }
  return byAgent
}

/** Events session by session, each with what its session's requests had named up to it: that is not stored apart. */
export function sessionsOf(
  rows: readonly Pick<PastEvent, 'session' | 'started' | 'order' | 'event'>[],
): HistoryEvent[][] {
  const sessions = new Map<string, { events: HistoryEvent[]; values: SessionValues }>()
  for (const { session, started, order, event } of rows) {
    const name = `${session}|${started}`
    const known = sessions.get(name) ?? { events: [], values: new SessionValues() }
    sessions.set(name, known)
    const { events, values } = known
    values.addRequest(events.length + 1, event.request_values ?? [])
    events.push({ shape: eventShape(event, { ...order, asked: values.asked }), time: event.time })
  }
  return [...sessions.values()].map(({ events }) => events)
}

class PastJudge {
  private readonly knowledge: Knowledge
  private readonly model: ScoringModel
  private readonly hasher: ProfileKeyHasher
  private readonly levels: ReadonlyMap<string, SharedCounts>

  constructor(knowledge: Knowledge) {
    this.knowledge = knowledge
    this.model = new ScoringModel(ScoringModel.parse(knowledge.model, `knowledge version ${knowledge.version}`))
    this.hasher = sharedHasher(knowledge.profile_key)
    this.levels = new Map(
      knowledge.levels.map((level) => [groupKeyOf(level.tenant, level.group), SharedCounts.from(level)]),
    )
  }

  judge({ tenant, agent, profile }: ImportedProfile, rows: readonly PastEvent[]): void {
    const tenantLevel = this.levels.get(groupKeyOf(tenant, '*')) ?? new SharedCounts()
    const group = this.knowledge.groups[agentKeyOf({ tenant, agent })]
    const peers = (group === undefined ? undefined : this.levels.get(groupKeyOf(tenant, group))) ?? tenantLevel
    for (const events of sessionsOf(rows).slice(-sessionsMax)) {
      const deviations = leftOutDeviations(
        { agent, events },
        { profile, peers, tenant: tenantLevel },
        { hasher: this.hasher, originDay: this.knowledge.origin_day },
      )
      addMaximum(profile.maxima, Math.max(...eventScores(this.model, deviations)))
      addMaximum(
        profile.maxima_without_provenance,
        Math.max(...deviations.map((deviation) => this.model.sumWithoutProvenance.of(deviation))),
      )
    }
  }

  dispose(): void {
    this.model.dispose()
  }
}
