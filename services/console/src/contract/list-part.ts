import { z } from 'zod'

/** A list that is cut at its bound: `more` says that there is more than these. */
export const listPart = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item), more: z.boolean() })

/** A page of a longer list: `next` is the cursor of the following page, null on the last. Cursors are opaque. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    /** When the answer was worked out, milliseconds since 1970 UTC. It may be a second or two old. */
    as_of: z.number().int(),
    items: z.array(item),
    next: z.string().nullable(),
  })

/** Milliseconds since 1970 UTC. */
export const Milliseconds = z.number().int()
