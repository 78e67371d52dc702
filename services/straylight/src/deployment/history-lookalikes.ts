import type { Registry } from '@straylight/schemas/agent'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import { visibleText } from '@straylight/schemas/visible-text'
import { RegisteredNames } from '@straylight/score/watchers/registered-names'

/** Names that are looked at; what comes beyond them is not. */
const namesMax = 100_000
const shownMax = 20

/**
 * Agents of history that nobody registered, under names that people take for a registered one's. History is learnt and not judged, so nothing
 * else would alert of them: whoever imports it is to know.
 */
export class HistoryLookalikes {
  private readonly names: RegisteredNames
  private readonly looked = new Set<string>()
  private readonly found: string[] = []

  constructor({ agents }: Registry) {
    this.names = new RegisteredNames(agents)
  }

  see({ tenant, agent, registered }: Pick<AgentEvent, 'tenant' | 'agent' | 'registered'>): void {
    if (registered || this.found.length >= shownMax || this.looked.size >= namesMax) return
    const key = partitionKeyOf(tenant, agent)
    if (this.looked.has(key)) return
    this.looked.add(key)
    const known = this.names.lookalikeOf(tenant, agent)
    if (known === undefined) return
    this.found.push(visibleText(`${agent} is not registered and looks like ${known.agent}`))
  }

  /** Sentences, the first twenty. */
  sentences(): string[] {
    return [...this.found]
  }

  /** The same events, each looked at. */
  async *of<Event extends Pick<AgentEvent, 'tenant' | 'agent' | 'registered'>>(
    events: AsyncIterable<Event>,
  ): AsyncGenerator<Event> {
    for await (const event of events) {
      this.see(event)
      yield event
    }
  }
}
