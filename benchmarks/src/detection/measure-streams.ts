import { ScoringModel } from '@straylight/models/scoring/scoring-model'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { agentEventsOf } from './agent-events-of.ts'
import { detectionQuality } from './detection-quality.ts'
import { fitZoo, modelNames, type Zoo } from './fit-zoo.ts'
import { judgeByArtifact } from './judge-by-artifact.ts'
import type { LabelledStream } from './labelled-stream.ts'
import { type LearntDeployment, learntDeployment } from './learnt-deployment.ts'
import { type DetectionCost, measureCost } from './measure-cost.ts'
import { type MeasuredRow, measuredRow } from './measured-row.ts'
import { type ReplayedTest, replayedTest } from './replayed-test.ts'
import { type Mode, testPartOf, type Variant, variants, warmUpOf } from './variant.ts'

export interface MeasureOptions {
  readonly modes: readonly Mode[]
  readonly seeds: number
  /** Only the base variants. */
  readonly quick: boolean
  /** Also what the network finds without the features that no sum reads. */
  readonly ablate: boolean
  /** The artifact that ships; null leaves its rows out. */
  readonly shipped: ModelArtifact | null
  readonly say: (sentence: string) => void
}

export interface Measured {
  readonly rows: readonly MeasuredRow[]
  readonly costs: readonly DetectionCost[]
}

/** One stream under one condition, its warm-up learnt. */
interface Prepared {
  readonly stream: LabelledStream
  readonly variant: Variant
  readonly events: readonly AgentEvent[]
  readonly deployment: LearntDeployment
}

/** Trains and measures every model on every stream under every condition. */
export async function measureStreams(streams: readonly LabelledStream[], options: MeasureOptions): Promise<Measured> {
  const rows: MeasuredRow[] = []
  const costs: DetectionCost[] = []
  const trained: { prepared: Prepared; artifact: ModelArtifact }[] = []
  for (const stream of streams) {
    const events = agentEventsOf(stream.events)
    options.say(`${stream.name}: ${events.length} events read`)
    for (const variant of variants.filter(({ kind }) => kind === 'base' || !options.quick)) {
      const prepared = prepare(stream, variant, events)
      const { measured, artifact } = await measureZoo(prepared, options)
      rows.push(...measured)
      if (variant.kind !== 'base') continue
      rows.push(...measureShipped(prepared, options))
      trained.push({ prepared, artifact })
      if (variant === variants[0]) costs.push(costOf(prepared, artifact))
    }
  }
  for (const { prepared } of trained) {
    const others = trained.filter(
      (other) => other.prepared.stream !== prepared.stream && other.prepared.variant === prepared.variant,
    )
    for (const { prepared: source, artifact } of others) {
      rows.push(...measureForeign(prepared, { name: `artifact of ${source.stream.name}`, artifact }, options))
    }
  }
  return { rows, costs }
}

function prepare(stream: LabelledStream, variant: Variant, asGiven: readonly AgentEvent[]): Prepared {
  const events = variant.apply(asGiven, stream)
  return { stream, variant, events, deployment: learntDeployment(warmUpOf(events, stream.labels)) }
}

async function measureZoo(prepared: Prepared, options: MeasureOptions) {
  const { stream, variant, deployment } = prepared
  const zoos: Zoo[] = []
  for (let seed = 1; seed <= options.seeds; seed++) {
    zoos.push(await fitZoo(deployment, seed, options.ablate))
    options.say(`${stream.name}, ${variant.name}: trained with seed ${seed} of ${options.seeds}`)
  }
  const measured = options.modes.flatMap((mode) => zooRows(prepared, mode, zoos))
  options.say(`${stream.name}, ${variant.name}: ${measured.length} rows`)
  for (const zoo of zoos) zoo.dispose()
  return { measured, artifact: (zoos[0] as Zoo).artifact }
}

function zooRows(prepared: Prepared, mode: Mode, zoos: readonly Zoo[]): MeasuredRow[] {
  const { stream, variant, deployment, events } = prepared
  const test = testPartOf(events, stream.labels, mode)
  // Seeds share a replay, unless a long history had them learn from different sessions.
  const replays = new Map<number, ReplayedTest>()
  const replayFor = ({ artifact }: Zoo) => {
    const replayed = replays.get(artifact.hold_level) ?? replayWith(deployment, test, artifact)
    replays.set(artifact.hold_level, replayed)
    return replayed
  }
  return (zoos[0] as Zoo).models.map(({ name: model }) => {
    const chosen = model === modelNames.sum ? zoos.slice(0, 1) : zoos
    const runs = chosen.flatMap((zoo) => {
      const same = zoo.models.find(({ name }) => name === model)
      return same ? [detectionQuality(same.judge(replayFor(zoo)), stream.labels)] : []
    })
    return measuredRow({ stream: stream.name, mode, variant: variant.name, model }, runs)
  })
}

function replayWith(deployment: LearntDeployment, test: readonly AgentEvent[], artifact: ModelArtifact): ReplayedTest {
  const model = new ScoringModel(artifact)
  const replayed = replayedTest(deployment, test, model)
  model.dispose()
  return replayed
}

/** An artifact that never saw this deployment, over the history that the deployment has. */
function measureForeign(
  { stream, variant, events, deployment }: Prepared,
  { name, artifact }: { name: string; artifact: ModelArtifact },
  { modes }: MeasureOptions,
): MeasuredRow[] {
  return modes.map((mode) => {
    const replayed = replayWith(deployment, testPartOf(events, stream.labels, mode), artifact)
    const quality = detectionQuality(judgeByArtifact(deployment, replayed, artifact), stream.labels)
    return measuredRow({ stream: stream.name, mode, variant: variant.name, model: name }, [quality])
  })
}

/** The artifact that ships, as on the day before any training: with the history imported, and without any. */
function measureShipped(prepared: Prepared, options: MeasureOptions): MeasuredRow[] {
  const artifact = options.shipped
  if (!artifact) return []
  const newborn = { ...prepared, deployment: learntDeployment([], prepared.deployment.originDay) }
  return [
    ...measureForeign(prepared, { name: 'default artifact, no train', artifact }, options),
    ...measureForeign(newborn, { name: 'default artifact, no history at all', artifact }, options),
  ]
}

const costOf = ({ stream, deployment, events }: Prepared, artifact: ModelArtifact): DetectionCost =>
  measureCost(stream.name, deployment, testPartOf(events, stream.labels, 'all'), artifact)
