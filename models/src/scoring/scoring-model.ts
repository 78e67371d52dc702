import { ModelArtifact } from '@straylight/schemas/model-artifact'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { featureNames, networkFeatures } from '../features/feature.ts'
import { Network } from './network.ts'
import { networkInput, TransparentSum } from './transparent-sum.ts'

/** A model that can't be used here: another feature list, a damaged file. Says which and what to do. */
export class ModelError extends StraylightError {
  override readonly name = 'ModelError'
  override readonly code = 'bad_model'
  override readonly exit_code = 2
}

/**
 * An artifact made ready to score: the transparent sum, the network over the same features, the calibration.
 * The score of an event is the sum plus `weight × (logit − mean) / scale` of the network, in nats.
 */
export class ScoringModel {
  readonly artifact: ModelArtifact
  readonly sum: TransparentSum
  /** The sum that needs no provenance; without terms where the artifact has none. */
  readonly sumWithoutProvenance: TransparentSum
  private readonly network: Network | null

  constructor(artifact: ModelArtifact) {
    this.artifact = artifact
    this.sum = new TransparentSum(artifact.sum)
    this.sumWithoutProvenance = new TransparentSum(artifact.without_provenance?.sum ?? [])
    this.network = artifact.net ? Network.fromArtifact(artifact.net.layers) : null
  }

  /** Checks an artifact read from a file or the log. Throws ModelError with `where` in its sentence. */
  static parse(raw: unknown, where: string): ModelArtifact {
    const parsed = ModelArtifact.safeParse(raw)
    if (!parsed.success) {
      const issue = parsed.error.issues[0]
      throw new ModelError(
        `${where}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}; make a model with 'straylight train'`,
      )
    }
    const names = parsed.data.features
    const differs = names.length !== featureNames.length || names.some((name, index) => name !== featureNames[index])
    if (differs)
      throw new ModelError(
        `${where}: made for other features than this program has; train it again with 'straylight train'`,
      )
    return parsed.data
  }

  /** What the network adds to each event's score, in nats; zeros without a network. */
  networkContributions(deviations: readonly Float64Array[]): Float64Array {
    const out = new Float64Array(deviations.length)
    const net = this.artifact.net
    if (!this.network || !net || deviations.length === 0) return out
    const input = new Float32Array(deviations.length * networkFeatures.length)
    for (let row = 0; row < deviations.length; row++) networkInput(deviations[row] as Float64Array, input, row)
    const logits = this.network.predict(input, deviations.length)
    for (let row = 0; row < out.length; row++)
      out[row] = (net.weight * ((logits[row] as number) - net.mean)) / net.scale
    return out
  }

  dispose(): void {
    this.network?.dispose()
  }
}
