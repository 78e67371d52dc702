import { ScoringModel } from '@straylight/models/scoring/scoring-model'
import { defaultSum, type SumTerm } from '@straylight/models/scoring/transparent-sum'
import { fitModel } from '@straylight/models/training/fit-model'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { agentEventsOf } from './agent-events-of.ts'
import { chooseWeights, untouched } from './choose-weights.ts'
import { type DetectionQuality, detectionQuality } from './detection-quality.ts'
import { judgeByArtifact } from './judge-by-artifact.ts'
import { KeptDeviations } from './kept-deviations.ts'
import type { LabelledStream } from './labelled-stream.ts'
import { type LearntDeployment, learntDeployment } from './learnt-deployment.ts'
import { type MeasuredRow, measuredRow } from './measured-row.ts'
import { replayedTest } from './replayed-test.ts'
import { testPartOf, warmUpOf } from './variant.ts'

/** How the weights of a row came about; the rows of the table. */
export const choices = {
  untouched: 'no data: all terms alike',
  others: 'chosen on the other streams',
  all: 'chosen on all streams',
  shipped: 'as shipped, trained',
  artifact: 'as shipped, default artifact',
} as const

export interface LeaveOneOut {
  readonly rows: readonly MeasuredRow[]
  /** Weights chosen without each stream, by its name, and on all of them under `all`. */
  readonly chosen: ReadonlyMap<string, readonly SumTerm[]>
}

interface Fold {
  readonly stream: LabelledStream
  readonly deployment: LearntDeployment
  readonly test: readonly AgentEvent[]
  readonly kept: KeptDeviations
}

/**
 * For each stream the weights are chosen on all others, and the figure is of the stream that the choice never saw: trained on its warm-up and judged
 * as in the product, as with any other weights. What is not chosen anew (the formulas of the features) has been looked at on the open streams.
 */
export async function leaveOneOut(
  streams: readonly LabelledStream[],
  { seeds, shipped, say }: { seeds: number; shipped: ModelArtifact | null; say: (sentence: string) => void },
): Promise<LeaveOneOut> {
  const folds: Fold[] = []
  for (const stream of streams) folds.push(await prepared(stream, say))
  const kept = folds.map((fold) => fold.kept)
  const onAll = chooseWeights(defaultSum, kept)
  const chosen = new Map<string, readonly SumTerm[]>([['all', onAll]])
  const rows: MeasuredRow[] = []
  for (const fold of folds) {
    const others = chooseWeights(
      defaultSum,
      kept.filter((stream) => stream !== fold.kept),
    )
    chosen.set(fold.stream.name, others)
    say(`${fold.stream.name}: weights chosen on the ${folds.length - 1} other streams`)
    const sums = [
      [choices.untouched, untouched(defaultSum, kept)],
      [choices.others, others],
      [choices.all, onAll],
      [choices.shipped, defaultSum],
    ] as const
    for (const [model, sum] of sums) rows.push(rowOf(fold, model, await trainedRuns(fold, sum, seeds)))
    if (shipped) rows.push(rowOf(fold, choices.artifact, [judged(fold, shipped)]))
  }
  return { rows, chosen }
}

const rowOf = ({ stream }: Fold, model: string, runs: readonly DetectionQuality[]): MeasuredRow =>
  measuredRow({ stream: stream.name, mode: 'sparse', variant: 'as given', model }, runs)

async function prepared(stream: LabelledStream, say: (sentence: string) => void): Promise<Fold> {
  const events = agentEventsOf(stream.events)
  const deployment = learntDeployment(warmUpOf(events, stream.labels))
  const test = testPartOf(events, stream.labels, 'sparse')
  const artifact = await trained(deployment, defaultSum, 1)
  const model = new ScoringModel(artifact)
  const kept = new KeptDeviations(deployment, replayedTest(deployment, test, model), stream.labels)
  model.dispose()
  say(`${stream.name}: deviations of ${test.length} events kept`)
  return { stream, deployment, test, kept }
}

const trained = ({ history, hasher }: LearntDeployment, sum: readonly SumTerm[], seed: number) =>
  fitModel(history, { hasher, seed, sum, name: 'benchmark', command: 'npm run bench:detection', historySha256: '' })

async function trainedRuns(fold: Fold, sum: readonly SumTerm[], seeds: number): Promise<DetectionQuality[]> {
  const runs: DetectionQuality[] = []
  for (let seed = 1; seed <= seeds; seed++) runs.push(judged(fold, await trained(fold.deployment, sum, seed)))
  return runs
}

function judged({ stream, deployment, test }: Fold, artifact: ModelArtifact): DetectionQuality {
  const model = new ScoringModel(artifact)
  const replayed = replayedTest(deployment, test, model)
  model.dispose()
  return detectionQuality(judgeByArtifact(deployment, replayed, artifact), stream.labels)
}
