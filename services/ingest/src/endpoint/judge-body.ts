import type { NewRecord } from '@straylight/runtime/log/log'
import type { EventToken } from '@straylight/schemas/event-token'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import type { RejectionCode } from '@straylight/schemas/rejection'
import { topics } from '@straylight/schemas/topics'
import type { Headers } from '../formats/format.ts'
import type { RejectionDraft } from '../record/event-draft.ts'
import { type ReadContext, type ReadDraft, readValues } from '../record/read-record.ts'
import { timeMaxHeader } from '../record/sender.ts'
import type { SharedTurn } from '../record/shared-turns.ts'
import { narrowedBinding } from '../record/token-binding.ts'
import type { BodyRecord } from './split-body.ts'

/** The answer of `POST /v1/events`. */
export interface EventEndpointAnswer {
  readonly accepted: number
  /** The first 1,000 of them; `line` is the line of the body, or the item of its array, from 1. */
  readonly rejected: readonly { line: number; code: RejectionCode; reason: string; path?: string }[]
  readonly rejected_total: number
  /** Values that are known by name and tell of no action, where there were any. */
  readonly passed_over?: number
}

/** Rejections that an answer lists. */
const listedMax = 1_000

export interface JudgedBody {
  readonly records: readonly NewRecord[]
  readonly answer: EventEndpointAnswer
}

/** What the records of one body are judged against. */
export interface Judging {
  readonly holder: EventToken
  /** Headers that bind the records to the token's holder. */
  readonly binding: Headers
  readonly context: ReadContext & { readonly time_max: number }
  /** Log time of the records, milliseconds since 1970 UTC. */
  readonly now: number
  readonly turn: SharedTurn
  /** Called after each rejection how many there are by now; may throw, and so refuse the body. */
  readonly onRejected: (rejections: number) => void
}

/** Reads each record as ingest will, to answer now what will become of it, and to key it by its agent. */
export async function judgeBody(lines: readonly BodyRecord[], judging: Judging): Promise<JudgedBody> {
  const { binding, context, turn } = judging
  const records: NewRecord[] = []
  const rejected: EventEndpointAnswer['rejected'][number][] = []
  const counts = { accepted: 0, rejected: 0, passedOver: 0 }
  for (const { line, value, headers } of lines) {
    const drafts: ReadDraft[] = []
    for (const draft of readValues(value, { ...headers, ...binding }, context)) {
      drafts.push(draft)
      if (turn.isOver()) await turn.next()
      if ('event' in draft) {
        counts.accepted++
        continue
      }
      if ('passed_over' in draft) {
        counts.passedOver++
        continue
      }
      judging.onRejected(++counts.rejected)
      if (rejected.length < listedMax) rejected.push(listed(draft, line))
    }
    records.push(auditRecord({ value, headers, line }, drafts, judging))
  }
  const answer = { accepted: counts.accepted, rejected, rejected_total: counts.rejected }
  return { records, answer: counts.passedOver === 0 ? answer : { ...answer, passed_over: counts.passedOver } }
}

const listed = ({ code, reason, path }: RejectionDraft, line: number) => ({
  line,
  code,
  reason,
  ...(path === undefined ? {} : { path }),
})

function auditRecord(
  { value, headers }: BodyRecord,
  drafts: readonly ReadDraft[],
  { holder, binding, context, now }: Judging,
): NewRecord {
  const [first] = drafts
  const event = first !== undefined && 'event' in first ? first.event : undefined
  const isOne = first !== undefined && drafts.length === 1 && !('passed_over' in first)
  const bound = { ...headers, ...(isOne ? narrowedBinding(holder, binding, first) : binding) }
  const early = drafts.some((draft) => 'code' in draft && draft.code === 'time_out_of_range')
  return {
    topic: topics.audit.name,
    // What cannot be read loads its sender's partition, not one that all senders share.
    key: event?.agent ?? partitionKeyOf(holder.tenant, holder.name),
    value,
    headers: early ? { ...bound, [timeMaxHeader]: String(context.time_max) } : bound,
    timestamp: now,
  }
}
