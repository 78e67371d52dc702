import { copyKnowledge } from '@straylight/baseline/copies/copy-knowledge'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import { openStageRunner } from '@straylight/runtime/process/run-stage'
import type { Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { hourMs } from '@straylight/schemas/duration'
import { topics } from '@straylight/schemas/topics'
import { createScore } from '@straylight/score/create-score'
import { learntFleet } from '../learnt-fleet.ts'
import { agentsOf, partitions, teachStage } from '../teach-stage.ts'

const eventsOfTurn = 10_000
/** The latest events of the past, out of which the console takes what is usual of an agent. */
const copiedEvents = 5_000

/** The score stage over a fleet of 100 agents that are learnt, a turn of events at a time. */
export async function openDetection(folder: string, store: Store, turns: number) {
  await openTensorBackend('wasm')
  const fleet = learntFleet(
    turns * eventsOfTurn,
    { events: 1.3 * (turns + 1) * eventsOfTurn, tenants: 2, agents: [50, 50] },
    20_000,
  )
  const log = await openEmbeddedLog({ directory: folder, durable: false })
  await copyKnowledge(store, { knowledge: await teachStage({ log, store }, fleet, agentsOf(fleet)), sha256: 'x' })
  const copied = fleet.past.slice(-copiedEvents)
  await copyEvents(store, copied)
  const runner = await openStageRunner(createScore({ log, store, checkpointEvents: eventsOfTurn }), log, { waitMs: 50 })
  const judge = async (records: number): Promise<void> => {
    for (let done = 0; done < records; ) done += await runner.step()
  }
  // The markers that switch knowledge on, of two topics.
  await judge(2 * partitions)
  let done = 0
  return {
    events: eventsOfTurn,
    /** Those of which a profile and calls are stored. */
    agents: [
      ...new Map(copied.map((event) => [agentKeyOf(event), { tenant: event.tenant, agent: event.agent }])).values(),
    ],
    /** Milliseconds to judge the next events, which stand in the log when the clock starts. */
    turn: async (): Promise<number> => {
      const events = fleet.later.slice(done, done + eventsOfTurn)
      done += eventsOfTurn
      await log.append(
        events.map((event) => ({
          ...{ topic: topics.events.name, key: agentKeyOf(event), value: JSON.stringify(event), timestamp: event.time },
        })),
      )
      const began = performance.now()
      await judge(events.length)
      return performance.now() - began
    },
    close: async (): Promise<void> => {
      await runner.close()
      await log.close()
    },
  }
}

/** Events as `baseline` stores them, but for what nobody asks here. */
async function copyEvents(store: Store, events: readonly AgentEvent[]): Promise<void> {
  await store.insert(
    'events',
    events.map((event, at) => ({
      ...{ tenant: event.tenant, agent: event.agent, hour: Math.floor(event.time / hourMs) },
      ...{ source_topic: 'fleet', source_partition: 0, source_offset: at, source_index: 0 },
      ...{ log_partition: 0, log_offset: at, log_time: event.time, event_id: event.id, time: event.time },
      ...{ system: event.system, step: `${event.system}/${event.action}`, session: event.session ?? '' },
      event: JSON.stringify(event),
    })),
  )
}
