import { DatedApartWatch, datedApartSentence } from '@straylight/ingest/files/dated-apart'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { visibleText } from '@straylight/schemas/visible-text'

/** Agents with lines dated far before their others, and tenants, that are named. */
const namedMax = 5
/** Tenants counted; records name them, so there may be any number. */
const tenantsMax = 1_000

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
      this.count(event.tenant)
      yield event
    }
  }

  private count(tenant: string): void {
    const known = this.tenants.get(tenant)
    if (known !== undefined || this.tenants.size < tenantsMax) this.tenants.set(tenant, (known ?? 0) + 1)
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
    const atLeast = this.tenants.size === tenantsMax ? 'at least ' : ''
    return [`The records speak for ${atLeast}${this.tenants.size} tenants: ${named}${more}. Is that meant?`]
  }
}
