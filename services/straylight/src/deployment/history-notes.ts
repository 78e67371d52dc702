import { DatedApartWatch, datedApartSentence } from '@straylight/ingest/files/dated-apart'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { visibleText } from '@straylight/schemas/visible-text'

/** Agents with lines dated far before their others, and tenants, that are named. */
const namedMax = 5

/**
 * What whoever vouches for history should look at: lines that may have been dated back, which are learnt as ordinary, and records that
 * speak for several tenants. History is not judged, so nothing else says it.
 */
export class HistoryNotes {
  /** Observes the records, for `readHistory`. */
  readonly datedApart = new DatedApartWatch()
  private readonly tenants = new Map<string, number>()

  /** The same events, each looked at. */
  async *of<Event extends Pick<AgentEvent, 'tenant'>>(events: AsyncIterable<Event>): AsyncGenerator<Event> {
    for await (const event of events) {
      this.tenants.set(event.tenant, (this.tenants.get(event.tenant) ?? 0) + 1)
      yield event
    }
  }

  sentences(): string[] {
    return [...this.datedApart.found().slice(0, namedMax).map(datedApartSentence), ...this.ofTenants()].map(
      (sentence) => visibleText(sentence),
    )
  }

  private ofTenants(): string[] {
    if (this.tenants.size < 2) return []
    const largest = [...this.tenants].sort(([, one], [, other]) => other - one).slice(0, namedMax)
    const named = largest.map(([tenant, events]) => `${tenant} (${events})`).join(', ')
    const more = this.tenants.size > largest.length ? ' and others' : ''
    return [`The records speak for ${this.tenants.size} tenants: ${named}${more}. Is that meant?`]
  }
}
