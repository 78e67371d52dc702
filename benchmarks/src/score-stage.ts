import { join } from 'node:path'
import { openTensorBackend } from '@straylight/models/scoring/tensor-backend'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import { type EmbeddedLog, openEmbeddedLog } from '@straylight/runtime/embedded/embedded-log'
import { openStageRunner, type StageRunner } from '@straylight/runtime/process/run-stage'
import { openStore } from '@straylight/runtime/store/open-store'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { topics } from '@straylight/schemas/topics'
import { createScore } from '@straylight/score/create-score'
import { type Benchmark, perSecond } from './benchmark.ts'
import { quantile } from './interleaved.ts'
import { learntFleet } from './learnt-fleet.ts'
import { teachStage } from './teach-stage.ts'
import { inTemporaryFolder } from './temporary-folder.ts'

const eventsOfTurn = 10_000
/** An event can be scored once: each turn takes the next events. The first turn loads profiles and does not count. */
const turns = 5

export const scoreStage: Benchmark = {
  name: 'score-stage',
  about:
    'The score stage alone, as it runs: events from the embedded log, profiles from the store at first and then in memory, network and calibration, findings and sessions appended and offsets committed; in turns with bare JSON.parse of the very same lines.',
  run: (say) =>
    inTemporaryFolder(async (folder) => {
      await openTensorBackend('wasm')
      const fleet = learntFleet((turns + 1) * eventsOfTurn, { events: 110_000 })
      say(`${fleet.past.length} events learnt, ${fleet.later.length} to score, ${fleet.history.profiles.size} agents`)
      const log = await openEmbeddedLog({ directory: join(folder, 'log'), durable: false })
      const store = await openStore({ directory: join(folder, 'store') })
      await teachStage({ log, store }, fleet)
      const runner = await openStageRunner(createScore({ log, store }), log)
      const { parse, stage } = await timeTurns(log, runner, fleet.later)
      await runner.close()
      await store.close()
      await log.close()
      return [
        { name: 'bare_json_parse', value: perSecond(eventsOfTurn, parse), unit: 'events/s', better: 'higher' },
        { name: 'score_stage', value: perSecond(eventsOfTurn, stage), unit: 'events/s', better: 'higher' },
        {
          name: 'score_stage_share_of_bare_parse',
          value: Math.round((1000 * parse) / stage) / 1000,
          unit: '×',
          better: 'higher',
        },
      ]
    }),
}

/** Median milliseconds of a turn of each: the two alternate, the one that goes first as well. */
async function timeTurns(
  log: EmbeddedLog,
  runner: StageRunner,
  events: readonly AgentEvent[],
): Promise<{ parse: number; stage: number }> {
  const taken = { parse: [] as number[], stage: [] as number[] }
  for (let turn = 0; turn <= turns; turn++) {
    const chunk = events.slice(turn * eventsOfTurn, (turn + 1) * eventsOfTurn)
    const lines = chunk.map((event) => JSON.stringify(event))
    await log.append(
      chunk.map((event, at) => ({
        topic: topics.events.name,
        key: agentKeyOf(event),
        value: lines[at] ?? '',
        timestamp: event.time,
      })),
    )
    const parse = () => milliseconds(async () => lines.forEach((line) => void JSON.parse(line)))
    const stage = () => milliseconds(() => drain(runner))
    const inOrder = turn % 2 === 0 ? [parse, stage] : [stage, parse]
    for (const part of inOrder) {
      const time = await part()
      if (turn > 0) taken[part === parse ? 'parse' : 'stage'].push(time)
    }
  }
  return { parse: quantile(taken.parse, 0.5), stage: quantile(taken.stage, 0.5) }
}

async function milliseconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function drain(runner: StageRunner): Promise<void> {
  while ((await runner.step()) > 0);
}
