import { markerRecords, writeKnowledge } from '@straylight/events/knowledge-log'
import { fitModel } from '@straylight/models/training/fit-model'
import { partitionOf } from '@straylight/runtime/log/key-partition'
import type { Log } from '@straylight/runtime/log/log'
import type { Store } from '@straylight/runtime/store/store'
import type { Knowledge } from '@straylight/schemas/knowledge'
import { topics } from '@straylight/schemas/topics'
import { type LearntFleet, profileKey } from './learnt-fleet.ts'

/** Partitions of the topics that a stage alone reads. */
export const partitions = 4

/** An agent's stored profile, as JSON, by `tenant|agent`, and its peer group. */
export interface TaughtAgent {
  readonly key: string
  readonly group: string
  readonly state: string
}

export const agentsOf = ({ history, groups }: LearntFleet): TaughtAgent[] =>
  [...history.profiles].map(([key, profile]) => ({ key, group: groups.get(key) ?? '', state: profile.toState() }))

/** Rows of one insert: some 40 MB of states. */
const rowsMax = 2_000

/** Writes knowledge version 1 with the fleet's levels and a model fitted to it, and a stored profile for every agent. */
export async function teachStage(
  { log, store }: { log: Log; store: Store },
  fleet: LearntFleet,
  agents: readonly TaughtAgent[] = agentsOf(fleet),
): Promise<Knowledge> {
  await log.ensureTopics(Object.values(topics), partitions)
  const { history, hasher, originDay } = fleet
  const command = 'npm run bench'
  const model = await fitModel(history, { hasher, seed: 1, name: 'bench', command, historySha256: '0' })
  const madeAt = fleet.later[0]?.time ?? 0
  const levels = [...history.levels].map(([key, { table, agents, events }]) => {
    const [tenant = '', group = ''] = key.split('|')
    return { tenant, group, agents, events, table: table.pack() }
  })
  const knowledge: Knowledge = {
    version: 1,
    made_at: madeAt,
    learnt_until: madeAt,
    origin_day: originDay,
    profile_key: profileKey,
    groups: Object.fromEntries(agents.map(({ key, group }) => [key, group])),
    levels,
    registry: [],
    model,
    session_alert_rate: 0.001,
    corrections: [],
    session_corrections: [],
    suppressions: [],
    judged: [],
    budget_feedback: [],
  }
  await writeKnowledge(log, knowledge)
  await log.append(markerRecords(1, partitions, madeAt))
  for (let from = 0; from < agents.length; from += rowsMax) {
    const rows = agents.slice(from, from + rowsMax).map(({ key, state }) => {
      const [tenant = '', agent = ''] = key.split('|')
      return {
        tenant,
        agent,
        log_partition: partitionOf(key, partitions),
        as_of_offset: -1,
        knowledge_version: 1,
        state,
      }
    })
    await store.insert('profiles', rows)
  }
  return knowledge
}
