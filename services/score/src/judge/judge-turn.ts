import type { LogPlace } from '@straylight/models/scoring/finding-of'
import { concluding, type Judgement, type Observed } from '@straylight/models/scoring/judge'
import type { Finding } from '@straylight/schemas/finding'
import type { SilentAgent } from '../watchers/silence-watch.ts'

/** An event observed at its place, with the silence that it showed. */
export interface Observation {
  readonly observed: Observed
  readonly place: LogPlace
  readonly changed_repeat: boolean
  readonly silence: SilentAgent | undefined
}

/** What a turn tells of where it failed. */
export type OnFault = (observation: Observation, error: unknown) => void

/** Observations that wait for the network's word, and what came of those that have it. */
export class JudgeTurn {
  readonly judgements: Judgement[] = []
  readonly findings: Finding[] = []
  private readonly findingsOf: (judgement: Judgement, observation: Observation) => readonly Finding[]
  private readonly onFault: OnFault
  private observations: Observation[] = []

  constructor(findingsOf: JudgeTurn['findingsOf'], onFault: OnFault) {
    this.findingsOf = findingsOf
    this.onFault = onFault
  }

  add(observation: Observation | undefined): void {
    if (observation !== undefined) this.observations.push(observation)
  }

  conclude(): void {
    const { observations } = this
    this.observations = []
    for (const [at, conclude] of concluding(observations.map(({ observed }) => observed)).entries()) {
      const observation = observations[at] as Observation
      try {
        const judgement = conclude()
        const findings = this.findingsOf(judgement, observation)
        this.judgements.push(judgement)
        this.findings.push(...findings)
      } catch (error) {
        this.onFault(observation, error)
      }
    }
  }
}
