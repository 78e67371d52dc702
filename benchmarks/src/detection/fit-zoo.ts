import { budgetShareWithoutProvenance, sharingBudget } from '@straylight/models/scoring/calibration'
import type { Network } from '@straylight/models/scoring/network'
import { ScoringModel } from '@straylight/models/scoring/scoring-model'
import { TransparentSum } from '@straylight/models/scoring/transparent-sum'
import { eventScores, fitModel, momentsOf } from '@straylight/models/training/fit-model'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { ablatedNetwork } from './ablated-network.ts'
import { Autoencoder } from './autoencoder.ts'
import type { ScoredEvent } from './detection-quality.ts'
import { freeNetwork, logitsOf } from './free-network.ts'
import { judgeByArtifact } from './judge-by-artifact.ts'
import { judgeByScores, type Usual, usualOf } from './judge-by-scores.ts'
import { type LearntDeployment, type ScoreEvents, type SessionMaximum, sessionMaxima } from './learnt-deployment.ts'
import type { ReplayedTest } from './replayed-test.ts'

/** The rows of the table, in its order. */
export const modelNames = {
  sum: 'transparent sum',
  monotone: 'monotone net alone',
  free: 'free net alone',
  autoencoder: 'autoencoder 24-8-24',
  blend: 'sum + net (ships)',
  freeBlend: 'sum + free net',
  ablated: 'net without network-only features',
  ablatedBlend: 'sum + that net',
} as const

/** A trained model of the zoo. */
export interface ZooModel {
  readonly name: string
  judge(replayed: ReplayedTest): ScoredEvent[]
}

/** All models trained on one deployment's past with one seed, without labels. */
export interface Zoo {
  /** Of sum and net, as `straylight train` makes it: its hold level is what the replay learns by. */
  readonly artifact: ModelArtifact
  readonly models: readonly ZooModel[]
  dispose(): void
}

/** Trains every model on the same left-out past; only the sum and what it shares with the blend do not depend on the seed. */
export async function fitZoo(deployment: LearntDeployment, seed: number, ablate = false): Promise<Zoo> {
  const { hasher, history } = deployment
  const command = 'npm run bench:detection'
  const artifact = await fitModel(history, { hasher, seed, name: 'benchmark', command, historySha256: '' })
  const shipped = new ScoringModel(artifact)
  const free = await freeNetwork(deployment, seed)
  const ablated = ablate ? await ablatedNetwork(deployment, seed) : null
  const autoencoder = await Autoencoder.fit(deployment, seed)
  const byScores = (name: string, scoreEvents: ScoreEvents): ZooModel => {
    return { name, judge: (replayed) => judgeByScores(deployment, replayed, scoreEvents) }
  }
  const byArtifact = (name: string, judged: ModelArtifact): ZooModel => {
    return { name, judge: (replayed) => judgeByArtifact(deployment, replayed, judged) }
  }
  const models = [
    byArtifact(modelNames.sum, sumAlone(deployment, artifact)),
    byScores(modelNames.autoencoder, (deviations) => autoencoder.errors(deviations)),
    byArtifact(modelNames.blend, artifact),
  ]
  if (artifact.net) models.push(byScores(modelNames.monotone, (rows) => shipped.networkContributions(rows)))
  if (free) models.push(byScores(modelNames.free, (rows) => logitsOf(free, rows)))
  if (free && artifact.net) models.push(byArtifact(modelNames.freeBlend, otherBlend(deployment, artifact, free)))
  if (ablated && artifact.net) {
    models.push(byScores(modelNames.ablated, (rows) => logitsOf(ablated, rows)))
    models.push(byArtifact(modelNames.ablatedBlend, otherBlend(deployment, artifact, ablated)))
  }
  const order = Object.values<string>(modelNames)
  models.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
  const dispose = () => {
    shipped.dispose()
    free?.dispose()
    ablated?.dispose()
    autoencoder.dispose()
  }
  return { artifact, models, dispose }
}

/** The artifact with its network taken out and everything that depends on the score made again. */
function sumAlone(deployment: LearntDeployment, artifact: ModelArtifact): ModelArtifact {
  const sum = new TransparentSum(artifact.sum)
  const maxima = sessionMaxima(deployment, (deviations) => deviations.map((deviation) => sum.of(deviation)))
  return { ...artifact, net: null, ...usualBesideOther(maxima) }
}

/** The artifact with another net in its own one's place: standardised on the past, with the same weight against the sum. */
function otherBlend(deployment: LearntDeployment, artifact: ModelArtifact, other: Network): ModelArtifact {
  const past = Array.from(
    logitsOf(
      other,
      deployment.leftOut.flatMap(({ deviations }) => deviations),
    ),
  )
  const { mean, deviation } = momentsOf(past)
  const net = artifact.net && { ...artifact.net, layers: other.toLayers(), mean, scale: Math.max(1e-3, deviation) }
  const model = new ScoringModel({ ...artifact, net })
  const maxima = sessionMaxima(deployment, (deviations) => eventScores(model, deviations))
  model.dispose()
  return { ...artifact, net, ...usualBesideOther(maxima) }
}

/** Pool and calibration of a score that evidence without provenance stands beside. */
function usualBesideOther(maxima: readonly SessionMaximum[]): Usual {
  const { session_maximum, calibration } = usualOf(maxima)
  return { session_maximum, calibration: sharingBudget(calibration, budgetShareWithoutProvenance) }
}
