import { counted } from '@straylight/schemas/counted'
import { type ModelArtifact, modelFormat } from '@straylight/schemas/model-artifact'
import type { EventShape } from '../event/event-shape.ts'
import { deviationOf } from '../features/deviation.ts'
import { DeviationRows } from '../features/deviation-rows.ts'
import { featureNames, networkFeatures } from '../features/feature.ts'
import { addMaximum, type Maxima } from '../profile/profile.ts'
import type { ProfileKeyHasher } from '../profile/profile-key-hasher.ts'
import { budgetShareWithoutProvenance, calibrate, sharingBudget } from '../scoring/calibration.ts'
import { ScoringModel } from '../scoring/scoring-model.ts'
import {
  defaultSum,
  networkInput,
  type SumTerm,
  sumWithoutProvenance,
  TransparentSum,
} from '../scoring/transparent-sum.ts'
import { type HistorySession, leaveSessionOut } from '../session/session-maxima.ts'
import { sessionRisk, trustedRisk, trustOf } from '../session/session-risk.ts'
import { groupKeyOf, type LearntHistory, type LearntSession } from './learn-history.ts'
import { type SeededRandom, seededRandom } from './seeded-random.ts'
import { splice } from './splice.ts'
import { trainNetwork } from './train-network.ts'

/** Sessions that are left out and spliced at most: beyond them more history adds little but time. */
const sessionsMax = 4_000
/**
 * Weight of the network against the sum, in standard deviations of each. It knows little that the sum does not: between none
 * and .15 session recall moves by a session or two on two public streams, up with more where history is rich, and down where
 * names change or history is thin.
 */
const networkWeight = 0.05

export interface FitOptions {
  readonly hasher: ProfileKeyHasher
  readonly seed: number
  readonly name: string
  readonly command: string
  readonly historySha256: string
  readonly sum?: readonly SumTerm[]
  readonly onProgress?: (sentence: string) => void
}

/** Deviations of left-out history, session by session, and of the events spliced into it. */
export interface Examples {
  readonly sessions: readonly {
    readonly session: LearntSession
    readonly deviations: Float64Array[]
    /** How much of its risk would have been believed (`trustOf`), by what was known without it. */
    readonly trust: number
  }[]
  readonly spliced: readonly Float64Array[]
}

/**
 * Fits a model to a deployment's own history, without labels: the network learns to tell an agent's own events,
 * each session left out of what it is compared with, from spliced ones; the calibration is made of the same sessions.
 */
export async function fitModel(history: LearntHistory, options: FitOptions): Promise<ModelArtifact> {
  const random = seededRandom(options.seed)
  const chosen = choose(history.sessions, random)
  options.onProgress?.(`${counted(chosen.length, 'past session')} judged as if each were new`)
  const examples = makeExamples(history, chosen, options.hasher, random)
  const sum = options.sum ?? defaultSum
  const net = await fitNetwork(examples, new TransparentSum(sum), options)
  return calibrated(examples, history, { sum, net, options })
}

function choose(sessions: readonly LearntSession[], random: SeededRandom): LearntSession[] {
  if (sessions.length <= sessionsMax) return [...sessions]
  return random.shuffle([...sessions]).slice(0, sessionsMax)
}

/** What a network learns from: each chosen session left out, and events spliced into it by `random`. */
export function makeExamples(
  history: LearntHistory,
  chosen: readonly LearntSession[],
  hasher: ProfileKeyHasher,
  random: SeededRandom,
): Examples {
  const all = history.sessions.flatMap((session) => session.events.map((event) => event.shape))
  const byGroup = new Map<string, EventShape[]>()
  for (const session of history.sessions) {
    const key = groupKeyOf(session.tenant, session.group)
    const shapes = byGroup.get(key) ?? []
    byGroup.set(key, shapes)
    for (const event of session.events) shapes.push(event.shape)
  }
  const spliced: Float64Array[] = []
  const rows = new DeviationRows()
  const sessions = chosen.map((session) => {
    const own = byGroup.get(groupKeyOf(session.tenant, session.group)) as EventShape[]
    const deviations: Float64Array[] = []
    let trust = 0
    const spliceEvery = Math.max(1, Math.floor(session.events.length / 3))
    leaveSessionOut(session, history.levelsOf(session), { hasher, originDay: history.originDay }, (comparison, at) => {
      trust = trustOf(comparison.knownEvents)
      deviations.push(deviationOf(comparison, rows.next()))
      if (at % spliceEvery === 0) {
        const earlier = session.events
          .slice(0, at)
          .map(({ shape: { step, root }, returned }) => ({ step, root, returned: returned ?? [] }))
        spliced.push(deviationOf(comparison.with(splice(comparison.shape, own, all, random, earlier)), rows.next()))
      }
    })
    return { session, deviations, trust }
  })
  return { sessions, spliced }
}

async function fitNetwork(
  { sessions, spliced }: Examples,
  sum: TransparentSum,
  options: FitOptions,
): Promise<ModelArtifact['net']> {
  const own = sessions.flatMap((session) => session.deviations)
  const rows = own.length + spliced.length
  if (own.length < 50 || spliced.length < 20) return null
  const x = new Float32Array(rows * networkFeatures.length)
  const y = new Float32Array(rows)
  for (const [row, deviation] of own.entries()) networkInput(deviation, x, row)
  spliced.forEach((deviation, index) => {
    networkInput(deviation, x, own.length + index)
    y[own.length + index] = 1
  })
  options.onProgress?.(
    `network: learns to distinguish ${counted(own.length, 'event')} of the agents' own from ${counted(spliced.length, 'event')} put in from others`,
  )
  const monotone = networkFeatures.map((feature) => feature.kind !== 'circumstance')
  const network = await trainNetwork({
    x,
    y,
    rows,
    inputs: networkFeatures.length,
    monotone,
    seed: options.seed,
    epochs: 12,
    batchSize: 256,
    learningRate: 4e-3,
  })
  const logits = network.predict(x, rows).subarray(0, own.length)
  const layers = network.toLayers()
  network.dispose()
  const moments = momentsOf([...logits])
  const sums = momentsOf(own.map((deviation) => sum.of(deviation)))
  return {
    layers,
    mean: moments.mean,
    scale: Math.max(1e-3, moments.deviation),
    weight: networkWeight * sums.deviation,
  }
}

/** Mean and standard deviation. */
export function momentsOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((total, value) => total + value, 0) / values.length
  return { mean, deviation: Math.sqrt(values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length) }
}

/**
 * Hold level: the surprise that this share of ordinary events stay below. What is not held out is learnt at once, and a second
 * attack of the same kind finds its way trodden: where attacks came again and again, session recall at 5 % was .81 with .995
 * and .92 with .98, against .96 where they were few.
 */
const holdQuantile = 0.98

function calibrated(
  examples: Examples,
  history: LearntHistory,
  parts: { sum: readonly SumTerm[]; net: ModelArtifact['net']; options: FitOptions },
): ModelArtifact {
  const { sum, net, options } = parts
  const artifact: ModelArtifact = {
    format: modelFormat,
    name: options.name,
    features: [...featureNames],
    sum: [...sum],
    net,
    session_maximum: { mean: 20, deviation: 10 },
    calibration: calibrate([]),
    without_provenance: null,
    hold_level: 40,
    origin: {
      command: options.command,
      seed: options.seed,
      events: history.sessions.reduce((total, session) => total + session.events.length, 0),
      sessions: history.sessions.length,
      agents: history.profiles.size,
      history_sha256: options.historySha256,
    },
  }
  if (examples.sessions.length < 10) return artifact
  const without_provenance = evidenceWithoutProvenance(examples.sessions)
  // Only sessions that tell values are judged by this sum: those of agents that tell none would make its pool too calm.
  const reported = examples.sessions.filter(({ session }) => tellsValues(session))
  if (reported.length < provenanceSessionsMin) {
    const { mean, deviation } = without_provenance.session_maximum
    const session_maximum = { mean, deviation: provenanceSpread * deviation }
    return {
      ...artifact,
      session_maximum,
      calibration: sharingBudget(without_provenance.calibration, budgetShareWithoutProvenance),
      hold_level: provenanceSpread * without_provenance.hold_level,
      without_provenance,
    }
  }
  const model = new ScoringModel(artifact)
  const { session_maximum, calibration } = usualRisks(reported, (deviations) => eventScores(model, deviations))
  const hold_level = holdLevel(reported, model.sum)
  model.dispose()
  return {
    ...artifact,
    session_maximum,
    calibration: sharingBudget(calibration, budgetShareWithoutProvenance),
    without_provenance,
    hold_level,
  }
}

/**
 * What reported values come to can't be learnt from a history that tells none: until it is, they are believed to spread so many
 * times as far as unreported ones (1.4 and 1.2 in the pasts of two public streams, 1.7 and 2.0 with other weights: on the safe side).
 */
const provenanceSpread = 1.7
/** Fewer sessions that tell values say nothing of what is usual among them. */
const provenanceSessionsMin = 10

function evidenceWithoutProvenance(sessions: Examples['sessions']): NonNullable<ModelArtifact['without_provenance']> {
  const sum = new TransparentSum(sumWithoutProvenance)
  const usual = usualRisks(sessions, (deviations) => deviations.map((deviation) => sum.of(deviation)))
  return { sum: [...sumWithoutProvenance], ...usual, hold_level: holdLevel(sessions, sum) }
}

function holdLevel(sessions: Examples['sessions'], sum: TransparentSum): number {
  const surprises = sessions.flatMap(({ deviations }) => deviations.map((deviation) => sum.of(deviation)))
  surprises.sort((a, b) => a - b)
  return surprises[Math.floor(surprises.length * holdQuantile)] as number
}

/** Whether a past session tells what arguments held: without that there is no provenance to learn. */
export const tellsValues = ({ events }: HistorySession): boolean => events.some(({ shape }) => shape.flows !== null)

/** What ordinary sessions come to: the pool of their maxima, and how far each goes beyond its agent's others. */
function usualRisks(
  sessions: Examples['sessions'],
  scoresOf: (deviations: readonly Float64Array[]) => number[],
): Pick<ModelArtifact, 'session_maximum' | 'calibration'> {
  const maxima = sessions.map(({ session, deviations, trust }) => ({
    agent: session.agent,
    maximum: Math.max(...scoresOf(deviations)),
    trust,
  }))
  const pool = momentsOf(maxima.map(({ maximum }) => maximum))
  const session_maximum = { mean: pool.mean, deviation: Math.max(1e-3, pool.deviation) }
  return { session_maximum, calibration: calibrate(leftOutRisks(maxima, session_maximum)) }
}

/** Scores of events: the sum and what the network adds. */
export function eventScores(model: ScoringModel, deviations: readonly Float64Array[]): number[] {
  const added = model.networkContributions(deviations)
  return deviations.map((deviation, row) => model.sum.of(deviation) + (added[row] as number))
}

/** Each session's risk against its agent's other sessions, so that no session vouches for itself; believed as far as a live one's. */
export function leftOutRisks(
  maxima: readonly { agent: string; maximum: number; trust: number }[],
  pool: ModelArtifact['session_maximum'],
): number[] {
  const byAgent = new Map<string, number[]>()
  for (const { agent, maximum } of maxima) {
    const list = byAgent.get(agent) ?? []
    byAgent.set(agent, list)
    list.push(maximum)
  }
  return maxima.map(({ agent, maximum, trust }) => {
    const others: Maxima = { sessions: 0, mean: 0, squares: 0 }
    const list = byAgent.get(agent) as number[]
    const mine = list.indexOf(maximum)
    list.forEach((value, index) => {
      if (index !== mine) addMaximum(others, value)
    })
    return trustedRisk(sessionRisk(maximum, others, pool), trust)
  })
}
