import type { HolderEvidence } from '@straylight/models/scoring/credential-holder'

/** What the knowledge in force says of a finding that no judgement of the model made. */
export interface FindingContext extends HolderEvidence {
  readonly version: number
  readonly model: string
}
