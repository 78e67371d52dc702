import { z } from 'zod'
import { AlertRow } from './alert-row.ts'
import { Milliseconds } from './list-part.ts'

/**
 * `GET /api/alerts/stream` (text/event-stream). Each `alert` event is one new revision of an alert; its SSE id is a place in the log, which a
 * browser sends again as `Last-Event-ID` when it connects anew. `beat` comes every 15 seconds. `over` ends the stream: sign in again.
 */
export const streamEvents = {
  alert: z.object({ alert: AlertRow.omit({ assignee: true }), is_new: z.boolean() }),
  beat: z.object({ as_of: Milliseconds }),
  over: z.object({ reason: z.enum(['signed_out', 'stopping', 'too_slow']) }),
} as const
export type StreamEvents = { [Name in keyof typeof streamEvents]: z.infer<(typeof streamEvents)[Name]> }
