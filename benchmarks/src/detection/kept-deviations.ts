import { featureIndex, featureNamed, featureNames } from '@straylight/models/features/feature'
import type { Maxima } from '@straylight/models/profile/profile'
import { outcomeFactor, type SumTerm } from '@straylight/models/scoring/transparent-sum'
import { addEnded } from '@straylight/models/scoring/usual-maxima'
import { sessionRisk, trustedRisk } from '@straylight/models/session/session-risk'
import { momentsOf } from '@straylight/models/training/fit-model'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import { type LearntDeployment, maximaByAgent } from './learnt-deployment.ts'
import type { ReplayedTest } from './replayed-test.ts'
import type { StreamLabel } from './stream-event.ts'

/** Shares of quiet sessions at which recall is weighed: more of them where few alerts are allowed. */
const weighedRates = [0.005, 0.01, 0.01, 0.02, 0.03, 0.05] as const

/** Quarantined is what this share of ordinary events stay below, as in `fitModel`. */
const holdQuantile = 0.98

interface Column {
  readonly rows: Int32Array
  readonly values: Float64Array
}

/** One event of the test as far as a session's risk depends on it. */
interface Step {
  readonly agent: string
  readonly session: string
  /** The labelled session; null where it counts neither way. */
  readonly judged: string | null
  readonly is_attack: boolean
  readonly trust: number
  readonly ended: readonly string[]
}

/**
 * A stream's deviations, kept: any weights over them are graded in some milliseconds, with everything around the score as in the product.
 * Two things stay as they were kept: what the events taught, and evidence without provenance, which takes no part.
 */
export class KeptDeviations {
  private readonly columns = new Map<string, Column>()
  private readonly factors: Float64Array
  private readonly untainted: Uint8Array
  private readonly past: readonly { agent: string; from: number; to: number }[]
  private readonly pastRows: number
  private readonly steps: readonly Step[]

  constructor({ leftOut }: LearntDeployment, { observations }: ReplayedTest, labels: ReadonlyMap<string, StreamLabel>) {
    const rows = [...leftOut.flatMap(({ deviations }) => deviations), ...observations.map(({ deviation }) => deviation)]
    let from = 0
    this.past = leftOut.map(({ agent, deviations }) => {
      const session = { agent, from, to: from + deviations.length }
      from = session.to
      return session
    })
    this.pastRows = from
    this.factors = Float64Array.from(rows, outcomeFactor)
    const [known, tainted] = [featureIndex('values_known'), featureIndex('value_tainted')]
    this.untainted = Uint8Array.from(rows, (row) => (row[known] === 1 && row[tainted] === 0 ? 1 : 0))
    for (const [place, name] of featureNames.entries()) {
      const set = Int32Array.from(rows.flatMap((row, index) => (row[place] === 0 ? [] : [index])))
      if (set.length > 0)
        this.columns.set(name, { rows: set, values: Float64Array.from(set, (row) => rows[row]?.[place] as number) })
    }
    this.steps = observations.map(({ event, session, ended, trust }) => {
      const { session: judged, session_label } = labels.get(event.id) as StreamLabel
      return {
        ...{ agent: agentKeyOf(event), session: session.session, trust },
        judged: session_label === 'prep_only' ? null : judged,
        is_attack: session_label === 'attack',
        ended: ended.map((open) => open.session),
      }
    })
  }

  /** Whether an ordinary or judged event has the feature at all. */
  has(feature: string): boolean {
    return this.columns.has(feature)
  }

  /** Mean session recall over the weighed rates of quiet sessions, 0 to 1. */
  recallOf(terms: readonly SumTerm[]): number {
    const recalls = this.recallsOf(terms)
    return recalls.reduce((sum, { recall }) => sum + recall, 0) / recalls.length
  }

  /** Session recall at each of the weighed rates. */
  recallsOf(terms: readonly SumTerm[]): { rate: number; recall: number }[] {
    const graded = [...this.risksOf(this.scoresOf(terms)).values()]
    const quiet = Float64Array.from(graded.flatMap(({ positive, score }) => (positive ? [] : [-score]))).sort()
    const attacks = graded.filter(({ positive }) => positive)
    return weighedRates.map((rate) => {
      const threshold = -(quiet[Math.min(Math.floor(rate * quiet.length), quiet.length - 1)] as number)
      return { rate, recall: attacks.filter(({ score }) => score > threshold).length / attacks.length }
    })
  }

  private scoresOf(terms: readonly SumTerm[]): Float64Array {
    const scores = new Float64Array(this.factors.length)
    for (const { feature, weight, cap, when_not_tainted: left = 1 } of terms) {
      const column = this.columns.get(feature)
      if (column === undefined || weight === 0) continue
      const { rows, values } = column
      for (let at = 0; at < rows.length; at++) {
        const row = rows[at] as number
        const weighed = this.untainted[row] === 1 ? weight * left : weight
        scores[row] = (scores[row] as number) + weighed * Math.min(values[at] as number, cap)
      }
    }
    return scores.map((score, row) => score * (this.factors[row] as number))
  }

  private risksOf(scores: Float64Array): Map<string, { score: number; positive: boolean }> {
    const maxima = this.past.map(({ agent, from, to }) => ({ agent, maximum: Math.max(...scores.subarray(from, to)) }))
    const { mean, deviation } = momentsOf(maxima.map(({ maximum }) => maximum))
    const pool = { mean, deviation: Math.max(1e-3, deviation) }
    const past = scores.slice(0, this.pastRows).sort()
    const hold = past[Math.floor(past.length * holdQuantile)] as number
    const usual = maximaByAgent(maxima)
    const open = new Map<string, { score: number; strayed: boolean }>()
    const judged = new Map<string, { score: number; positive: boolean }>()
    for (const [at, { agent, session, judged: labelled, is_attack, trust, ended }] of this.steps.entries()) {
      const own = usual.get(agent) ?? { sessions: 0, mean: 0, squares: 0 }
      usual.set(agent, own)
      for (const name of ended) endSession(open, `${agent}|${name}`, own, pool)
      const score = scores[this.pastRows + at] as number
      const above = trustedRisk(sessionRisk(score, own, pool), trust)
      const key = `${agent}|${session}`
      const before = open.get(key)
      open.set(key, {
        score: Math.max(score, before?.score ?? Number.NEGATIVE_INFINITY),
        strayed: before?.strayed === true || trust * score > hold,
      })
      if (labelled === null) continue
      const risk = Math.max(above, judged.get(labelled)?.score ?? Number.NEGATIVE_INFINITY)
      judged.set(labelled, { score: risk, positive: is_attack })
    }
    return judged
  }
}

function endSession(
  open: Map<string, { score: number; strayed: boolean }>,
  key: string,
  maxima: Maxima,
  pool: { mean: number; deviation: number },
): void {
  const ended = open.get(key)
  open.delete(key)
  if (ended !== undefined) addEnded(maxima, { ...ended, pool })
}

/** The unit of a feature, for whoever weighs it without looking at data: what counts as 1. */
export const unitOf = (feature: string): number => featureNamed(feature)?.unit ?? 1
