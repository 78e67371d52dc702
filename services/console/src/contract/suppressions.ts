import { Suppression } from '@straylight/schemas/suppression'
import { z } from 'zod'
import { listPart, Milliseconds } from './list-part.ts'

/** What false verdicts keep quiet, those that end soonest first. `agent` may be `*`. */
export const SuppressionList = listPart(Suppression.extend({ sentence: z.string() })).extend({
  as_of: Milliseconds,
  knowledge_version: z.number().int(),
})
export type SuppressionList = z.infer<typeof SuppressionList>
