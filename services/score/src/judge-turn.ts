import type { LogPlace } from '@straylight/models/finding-of'
import { conclude, type Judgement, type Observed } from '@straylight/models/judge'
import type { Finding } from '@straylight/schemas/finding'
import type { Silence } from './silence-watch.ts'

/** An event observed at its place, with the silence that it showed. */
export interface Observation {
  readonly observed: Observed
  readonly place: LogPlace
  readonly changed_repeat: boolean
  readonly silence: Silence | undefined
}

/** Observations that wait for the network's word, and what came of those that have it. */
export class JudgeTurn {
  readonly judgements: Judgement[] = []
  readonly findings: Finding[] = []
  private readonly findingsOf: (judgement: Judgement, observation: Observation) => readonly Finding[]
  private observations: Observation[] = []

  constructor(findingsOf: JudgeTurn['findingsOf']) {
    this.findingsOf = findingsOf
  }

  add(observation: Observation | undefined): void {
    if (observation !== undefined) this.observations.push(observation)
  }

  conclude(): void {
    const { observations } = this
    this.observations = []
    for (const [at, judgement] of conclude(observations.map(({ observed }) => observed)).entries()) {
      this.judgements.push(judgement)
      this.findings.push(...this.findingsOf(judgement, observations[at] as Observation))
    }
  }
}
