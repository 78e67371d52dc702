import { parsedJson } from '@straylight/schemas/parsed-json'
import { type HeldSpan, SpanMemory } from '../formats/otlp/span-memory.ts'
import { isObject } from '../record/field-reader.ts'
import type { RecordItem } from '../record/record-items.ts'

/** Records of a file that are looked ahead for the agents around a call. */
const aheadMax = 2_000
/** What a span or log record begins with that was taken out of its document. */
const otlpHead = Buffer.from('{"otlp":"')

interface Ahead<Item> {
  readonly item: Item
  readonly held: HeldSpan | null
}

/**
 * A file's spans with the agents around them, which stand in later records of it: traces lie there a span a line, or as one document that is
 * read span by span. Order stays; one instance a file.
 */
export class LookAhead<Item extends RecordItem> {
  private readonly memory = new SpanMemory()
  private waiting: Ahead<Item>[] = [];

  *add(item: Item): Generator<Item, void, undefined> {
    const value = item.value.subarray(0, otlpHead.length).equals(otlpHead)
      ? parsedJson(item.value.toString('utf8'))
      : undefined
    const held = isObject(value) ? { value } : null
    if (held === null && this.waiting.length === 0) {
      yield item
      return
    }
    if (held !== null) this.memory.remember('', held, '')
    this.waiting.push({ item, held })
    yield* this.take(aheadMax)
  }

  *end(): Generator<Item, void, undefined> {
    yield* this.take(0)
  }

  /** Gives out from the first on, as long as it waits for nobody or there are more than `max`. */
  private *take(max: number): Generator<Item, void, undefined> {
    let done = 0
    for (const { item, held } of this.waiting) {
      if (this.waiting.length - done <= max && held !== null && this.memory.isWaiting('', held)) break
      done++
      if (held === null) yield item
      else {
        const before = held.value
        this.memory.settle('', held, '')
        yield held.value === before ? item : { ...item, value: Buffer.from(JSON.stringify(held.value)) }
      }
    }
    if (done > 0) this.waiting = this.waiting.slice(done)
  }
}
