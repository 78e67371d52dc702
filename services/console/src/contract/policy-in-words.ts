import { Role } from '@straylight/schemas/verdict'
import { z } from 'zod'
import { Milliseconds } from './list-part.ts'

/** The policy in force, in sentences: what happens to whom, what a person must approve, what the breakers allow, who may answer. */
export const PolicyInWords = z.object({
  as_of: Milliseconds,
  id: z.string(),
  version: z.number().int(),
  /** Where it was read from; null: there is no file, and the default alerts and revokes nothing. */
  file: z.string().nullable(),
  sentences: z.array(z.string()),
  /** YAML of what it decides, without webhooks and issuers: what a proposed policy starts from. */
  text: z.string(),
  issuers: z.array(z.object({ name: z.string(), roles: z.array(Role), tenants: z.array(z.string()) })),
  webhooks: z.array(z.object({ name: z.string(), format: z.string(), severity_min: z.string() })),
})
export type PolicyInWords = z.infer<typeof PolicyInWords>
