import { join } from 'node:path'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import { openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import type { Log } from '@straylight/runtime/log/log'
import { openStageRunner, type StageRunner } from '@straylight/runtime/process/run-stage'
import { openStore } from '@straylight/runtime/store/open-store'
import type { Store } from '@straylight/runtime/store/store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { topics } from '@straylight/schemas/topics'
import { createScore } from '@straylight/score/create-score'
import { type Benchmark, perSecond } from './benchmark.ts'
import { quantile } from './interleaved.ts'
import { type LearntFleet, learntFleet } from './learnt-fleet.ts'
import { agentsOf, partitions, type TaughtAgent, teachStage } from './teach-stage.ts'
import { inTemporaryFolder } from './temporary-folder.ts'

/** Each of the 100 made-up agents stands for so many of the same habits. */
const copies = 1_000
/** What a checkpoint comes after, so that each turn holds one. */
const eventsOfTurn = 20_000
/** Learnt at first: some 200 an agent, so that all profiles fit into memory. */
const eventsLearnt = 20_000
const turns = 5

export const manyAgents: Benchmark = {
  name: 'many-agents',
  about: `The score stage with 100,000 agents against 100, in turns in one process: the same ${eventsOfTurn.toLocaleString('en')} events a turn, of the 100 agents or with each session given to another of their 100,000 copies, with a checkpoint in each turn. All profiles are in memory (STRAYLIGHT_PROFILES_MAX above the number of agents), loaded before the clock starts.`,
  run: (say) =>
    inTemporaryFolder(async (folder) => {
      await openTensorBackend('wasm')
      const eventsLater = (turns + 1) * eventsOfTurn
      // About so many are made; too few would leave turns without events.
      const made = { events: 1.3 * (eventsLater + eventsLearnt), tenants: 2, agents: [50, 50] as const }
      const fleet = learntFleet(eventsLater, made, eventsLearnt)
      const own = agentsOf(fleet)
      // One for both: chDB opens one folder a process. Agents of the two have other names.
      const store = await openStore({ directory: join(folder, 'store') })
      const few = await openSide(join(folder, 'few'), store, fleet, own)
      const many = await openSide(join(folder, 'many'), store, fleet, own.flatMap(copiesOf))
      say(`${own.length} and ${many.agents} agents, ${fleet.past.length} events learnt`)
      await loadAll(many, fleet.past.at(-1)?.time ?? 0)
      say(`all loaded, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB in this process`)
      const taken = { few: [] as number[], many: [] as number[] }
      for (let turn = 0; turn <= turns; turn++) {
        const events = fleet.later.slice(turn * eventsOfTurn, (turn + 1) * eventsOfTurn)
        const spread = events.map((event) => copyOf(event, copyNumber(event.session ?? '')))
        const runs = [
          async () => taken.few.push(await turnOf(few, events)),
          async () => taken.many.push(await turnOf(many, spread)),
        ]
        for (const run of turn % 2 === 0 ? runs : runs.reverse()) await run()
      }
      await few.close()
      await many.close()
      await store.close()
      // The first turn warms up.
      const [fewMs, manyMs] = [quantile(taken.few.slice(1), 0.5), quantile(taken.many.slice(1), 0.5)]
      return [
        { name: 'agents_100', value: perSecond(eventsOfTurn, fewMs), unit: 'events/s', better: 'higher' },
        { name: 'agents_100000', value: perSecond(eventsOfTurn, manyMs), unit: 'events/s', better: 'higher' },
        {
          name: 'agents_100000_against_100',
          value: Math.round((100 * fewMs) / manyMs) / 100,
          unit: '×',
          better: 'higher',
          target: 0.8,
        },
      ]
    }),
}

const copyName = (agent: string, copy: number): string => `${agent}~${copy}`
const copyOf = (event: AgentEvent, copy: number): AgentEvent => ({ ...event, agent: copyName(event.agent, copy) })
const copiesOf = ({ key, ...taught }: TaughtAgent): TaughtAgent[] =>
  Array.from({ length: copies }, (_, copy) => ({ key: copyName(key, copy), ...taught }))

/** The same copy for all of a session, spread as by lot. */
function copyNumber(session: string): number {
  let sum = 0
  for (let at = 0; at < session.length; at++) sum = (sum * 31 + session.charCodeAt(at)) % 1_000_003
  return sum % copies
}

interface Side {
  readonly log: Log
  readonly runner: StageRunner
  readonly agents: number
  /** Of all that was learnt: one event of each agent. */
  readonly first: readonly AgentEvent[]
  close(): Promise<void>
}

async function openSide(
  folder: string,
  store: Store,
  fleet: LearntFleet,
  agents: readonly TaughtAgent[],
): Promise<Side> {
  const log = await openEmbeddedLog({ directory: folder, durable: false })
  await teachStage({ log, store }, fleet, agents)
  const score = createScore({ log, store, profilesMax: 2 * agents.length + 1_000, checkpointEvents: eventsOfTurn })
  const runner = await openStageRunner(score, log, { waitMs: 50 })
  // The markers that switch knowledge on, of two topics.
  await judge(runner, 2 * partitions)
  const known = new Map(fleet.past.map((event) => [agentKeyOf(event), event]))
  const first = agents.flatMap(({ key }) => {
    const event = known.get(key.split('~')[0] ?? '')
    return event === undefined ? [] : [{ ...event, agent: key.split('|')[1] ?? '' }]
  })
  const close = async () => {
    await runner.close()
    await log.close()
  }
  return { log, runner, agents: agents.length, first, close }
}

/** One event of each agent, so that every profile is in memory. */
async function loadAll(side: Side, time: number): Promise<void> {
  await turnOf(
    side,
    side.first.map((event, at) => ({ ...event, id: `load-${at}`, time })),
  )
}

/** Milliseconds to judge these events, which stand in the log when the clock starts. */
async function turnOf({ log, runner }: Side, events: readonly AgentEvent[]): Promise<number> {
  await log.append(
    events.map((event) => {
      const value = JSON.stringify({ ...event, position: { ...event.position, offset: next++ } })
      return { topic: topics.events.name, key: agentKeyOf(event), value, timestamp: event.time }
    }),
  )
  const start = performance.now()
  await judge(runner, events.length)
  return performance.now() - start
}

/** By number: a poll right after an append may still find nothing. */
async function judge(runner: StageRunner, records: number): Promise<void> {
  for (let done = 0; done < records; ) done += await runner.step()
}

/** Place of the next event in its source. */
let next = 1
