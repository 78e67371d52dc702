import { z } from 'zod'
import { listPart, Milliseconds } from './list-part.ts'

/** What could not be read, by code, field, origin and kind of reason, the most frequent first. */
export const RejectionList = listPart(
  z.object({
    code: z.string(),
    /** Path of the field, list places as `*`; null: the record as a whole. */
    path: z.string().nullable(),
    /** The file or token that they came by; null: written to the topic by somebody else. */
    origin: z.string().nullable(),
    /** The reason without what is different from record to record. */
    kind: z.string(),
    count: z.number().int(),
    newest_at: Milliseconds,
    sample: z.object({
      reason: z.string(),
      topic: z.string(),
      partition: z.number().int(),
      offset: z.number().int(),
      origin: z.string().nullable(),
      /** Formats that it looks like. */
      formats: z.array(z.string()),
      /** Its first 300 bytes as text: raw content of a shipper. */
      head: z.string(),
    }),
  }),
).extend({ as_of: Milliseconds, read: z.number().int() })
export type RejectionList = z.infer<typeof RejectionList>
