import { DeviationRows } from '@straylight/models/features/deviation-rows'
import { Profile } from '@straylight/models/profile/profile'
import { conclude, observe } from '@straylight/models/scoring/judge'
import { ScoringModel } from '@straylight/models/scoring/scoring-model'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { perSecond } from '../benchmark.ts'
import { quantile } from '../interleaved.ts'
import type { LearntDeployment } from './learnt-deployment.ts'
import { judgingContextOf } from './replayed-test.ts'

/** What an event costs on one core, and an agent in memory. */
export interface DetectionCost {
  readonly stream: string
  readonly events: number
  /** Order, features, score, risk, calibration and learning, counted whole, a second of processor time: median of some rounds. */
  readonly events_per_second: number
  /** Bare JSON.parse of the same events' lines, in turns with it: tells how fast this machine is. */
  readonly json_parse_per_second: number
  /** An agent's count table after the test part. */
  readonly table_bytes_median: number
  readonly table_bytes_p99: number
  /** Its checkpoint row as text, with its open sessions. */
  readonly checkpoint_bytes_median: number
  readonly checkpoint_bytes_p99: number
}

/** As many events as a poll of some partitions brings. */
const batch = 256
const rounds = 5
/** Events judged before it counts: the engine compiles what runs often, and a small stream is gone through before it has. */
const warmUpEvents = 40_000

export function measureCost(
  stream: string,
  deployment: LearntDeployment,
  events: readonly AgentEvent[],
  artifact: ModelArtifact,
): DetectionCost {
  const model = new ScoringModel(artifact)
  const lines = events.map((event) => JSON.stringify(event))
  const taken: number[] = []
  const parsing: number[] = []
  let profiles = new Map<string, Profile>()
  const warmUps = Math.ceil(warmUpEvents / events.length)
  for (let round = 0; round < warmUps + rounds; round++) {
    profiles = deployment.profiles()
    const parse = timed(() => lines.forEach((line) => void JSON.parse(line)))
    const judge = timed(() => judgeAll(deployment, profiles, events, model))
    if (round < warmUps) continue
    parsing.push(parse)
    taken.push(judge)
  }
  model.dispose()
  const tables = [...profiles.values()].map(({ table }) => table.bytes)
  const checkpoints = [...profiles.values()].map((profile) => Buffer.byteLength(profile.toState()))
  return {
    stream,
    events: events.length,
    events_per_second: perSecond(events.length, quantile(taken, 0.5)),
    json_parse_per_second: perSecond(events.length, quantile(parsing, 0.5)),
    table_bytes_median: quantile(tables, 0.5),
    table_bytes_p99: quantile(tables, 0.99),
    checkpoint_bytes_median: quantile(checkpoints, 0.5),
    checkpoint_bytes_p99: quantile(checkpoints, 0.99),
  }
}

/** Milliseconds of processor time, of all threads: what else a shared machine does must not count. */
function timed(work: () => void): number {
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

/** The judging of the score stage without its log and store. */
function judgeAll(
  deployment: LearntDeployment,
  profiles: Map<string, Profile>,
  events: readonly AgentEvent[],
  model: ScoringModel,
): void {
  const judging = judgingContextOf(deployment, model)
  const rows = new DeviationRows()
  for (let from = 0; from < events.length; from += batch) {
    const observed = events.slice(from, from + batch).map((event) => {
      const agent = agentKeyOf(event)
      const profile = profiles.get(agent) ?? new Profile()
      profiles.set(agent, profile)
      return observe(event, profile, judging, { rows })
    })
    conclude(observed)
  }
}
