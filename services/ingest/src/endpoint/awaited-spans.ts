import { SpanShares } from '../formats/otlp/span-shares.ts'
import type { JsonObject } from '../record/field-reader.ts'

/** Spans that are noted, about 200 bytes each: the oldest of the sender that has most make room. */
const notedMax = 50_000

/**
 * Spans that calls named as around them, and that were in no document yet. Of what is no call the endpoint writes only these to the log, and
 * whatever runs an agent; through another instance they are not known, and calls get by without.
 */
export class AwaitedSpans {
  private readonly keys = new Map<string, string>()
  private readonly shares = new SpanShares()

  /** `sender`: whose share of what is noted it takes up. */
  note({ traceId, parentSpanId, agents }: JsonObject, sender: string): void {
    if (typeof traceId !== 'string' || typeof parentSpanId !== 'string' || Array.isArray(agents)) return
    const key = `${traceId} ${parentSpanId}`
    if (this.keys.has(key)) return
    this.keys.set(key, sender)
    this.shares.add(sender, key)
    const oldest = this.keys.size > notedMax ? this.shares.oldestOfLargest() : undefined
    if (oldest === undefined) return
    this.shares.remove(this.keys.get(oldest) ?? '', oldest)
    this.keys.delete(oldest)
  }

  concerns({ passed_over, traceId, spanId, agents }: JsonObject): boolean {
    if (passed_over === undefined || typeof traceId !== 'string' || typeof spanId !== 'string') return false
    return Array.isArray(agents) || this.keys.has(`${traceId} ${spanId}`)
  }
}
