import type { JsonObject } from '../record/field-reader.ts'

/** Spans that are noted, about 100 bytes each: the oldest make room. */
const notedMax = 50_000

/**
 * Spans that calls named as around them, and that were in no document yet. Of what is no call the endpoint writes only these to the log, and
 * whatever runs an agent; through another instance they are not known, and calls get by without.
 */
export class AwaitedSpans {
  private readonly keys = new Set<string>()

  note({ traceId, parentSpanId, agents }: JsonObject): void {
    if (typeof traceId !== 'string' || typeof parentSpanId !== 'string' || Array.isArray(agents)) return
    this.keys.add(`${traceId} ${parentSpanId}`)
    if (this.keys.size <= notedMax) return
    for (const oldest of this.keys) {
      this.keys.delete(oldest)
      return
    }
  }

  concerns({ passed_over, traceId, spanId, agents }: JsonObject): boolean {
    if (passed_over === undefined || typeof traceId !== 'string' || typeof spanId !== 'string') return false
    return Array.isArray(agents) || this.keys.has(`${traceId} ${spanId}`)
  }
}
