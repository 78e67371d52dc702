import { z } from 'zod'

/** Upper tail of ordinary session risk: conformal below `excess_from`, exponential above it. */
export const Calibration = z.object({
  /** Ordinary session risks, ascending, at most 2,000 quantiles of them. */
  quantiles: z.array(z.number()),
  sessions: z.number().int().nonnegative(),
  /** Where the exponential tail starts, and its scale. */
  excess_from: z.number(),
  excess_scale: z.number().positive(),
  excess_share: z.number().min(0).max(1),
})
export type Calibration = z.infer<typeof Calibration>

/** Dense layer: `weights` base64 float32, row-major [inputs, units]; `bias` base64 float32 [units]. */
export const Layer = z.object({
  inputs: z.number().int().positive(),
  units: z.number().int().positive(),
  weights: z.string(),
  bias: z.string(),
})
export type Layer = z.infer<typeof Layer>

/** A term of a sum: weight × min(feature, cap), in nats. */
const SumTerm = z.object({
  feature: z.string(),
  weight: z.number(),
  cap: z.number().positive(),
  when_not_tainted: z.number().min(0).max(1).optional(),
  when_nothing_read: z.number().min(0).max(1).optional(),
})

/** The form that is written. */
export const modelFormat = 'straylight-model/2'

/** Still read: a log keeps the models of its knowledge versions. It calls `without_provenance` `plain`. */
const formerFormat = 'straylight-model/1'

function inPresentForm(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null || !('format' in raw) || raw.format !== formerFormat) return raw
  const { plain: without_provenance, ...rest }: { readonly format: unknown; readonly plain?: unknown } = raw
  return { ...rest, format: modelFormat, without_provenance }
}

/**
 * What `straylight train` makes and `score` runs: the transparent sum's weights, a small net, the calibration.
 * Features are named: an artifact for another feature list is refused.
 */
export const ModelArtifact = z.preprocess(
  inPresentForm,
  z.object({
    format: z.literal(modelFormat, `expected ${modelFormat} or ${formerFormat}`),
    name: z.string(),
    features: z.array(z.string()),
    /**
     * Weight of each feature in the transparent sum, its cap in nats, and what is left of it where the origin of every value
     * is known and none came out of an output.
     */
    sum: z.array(SumTerm),
    /** Hidden units are half tanh, half relu; absent: the sum alone scores. */
    net: z
      .object({
        layers: z.array(Layer).min(2),
        mean: z.number(),
        scale: z.number().positive(),
        weight: z.number().nonnegative(),
      })
      .nullable(),
    /** Pool of session maxima: what an agent with little history of its own is set against. */
    session_maximum: z.object({ mean: z.number(), deviation: z.number().positive() }),
    calibration: Calibration,
    /**
     * Evidence that needs no provenance, with all of its own: alone where an event does not say what its arguments held, beside
     * the other where it does. Null: the sum above judges every event.
     */
    without_provenance: z
      .object({
        sum: z.array(SumTerm),
        session_maximum: z.object({ mean: z.number(), deviation: z.number().positive() }),
        calibration: Calibration,
        hold_level: z.number(),
      })
      .nullable(),
    /** Closed-form surprise above which an event is not learnt. */
    hold_level: z.number(),
    /** Where it came from: command, seed, history (events, sessions, agents, SHA-256 of its ids). */
    origin: z.object({
      command: z.string(),
      seed: z.number().int(),
      events: z.number().int(),
      sessions: z.number().int(),
      agents: z.number().int(),
      history_sha256: z.string(),
    }),
  }),
)
export type ModelArtifact = z.infer<typeof ModelArtifact>
