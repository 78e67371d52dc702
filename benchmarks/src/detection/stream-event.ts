import { z } from 'zod'

const values = z.array(z.string())

/** One event of a labelled stream: `NAME.events.ndjson.gz`, one object a line. */
export const StreamEvent = z.object({
  id: z.string().min(1),
  ts: z.iso.datetime({ offset: true }),
  agent: z.string(),
  session: z.string(),
  system: z.string(),
  action: z.string(),
  /** Bytes of the arguments, and of what the tool returned. */
  bytes_out: z.number(),
  bytes_in: z.number(),
  /** `omitted`: another defence blanked the output of a call that itself went through. */
  outcome: z.enum(['ok', 'error', 'denied', 'omitted']),
  dest: values.optional(),
  arg_keys: values.optional(),
  /** Keyed hashes `kind:hash` of the values in the arguments, and which of `arg_keys` each stands in. */
  arg_values: values.optional(),
  arg_slot: z.array(z.number().int()).optional(),
  result_values: values.optional(),
  request_values: values.optional(),
  context_values: values.optional(),
})
export type StreamEvent = z.infer<typeof StreamEvent>

/** What is known of the event with the same id: `NAME.labels.ndjson.gz`. */
export const StreamLabel = z.object({
  id: z.string(),
  session: z.string(),
  phase: z.enum(['warmup', 'test']),
  /** `attack_prep` and `ambiguous` count neither way. */
  label: z.enum(['attack', 'attack_prep', 'ambiguous', 'benign']),
  /** `prep_only` counts neither way. */
  session_label: z.enum(['clean', 'resisted', 'prep_only', 'attack']),
  /** Belongs to the part with at most three attack sessions an agent. */
  sparse: z.boolean(),
})
export type StreamLabel = z.infer<typeof StreamLabel>
