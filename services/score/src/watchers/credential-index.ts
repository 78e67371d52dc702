import type { LogPlace, Subject } from '@straylight/models/scoring/finding-of'
import type { LogRecord } from '@straylight/runtime/log/log'
import type { AgentEvent } from '@straylight/schemas/agent-event'
import { CredentialUse, provesHolder } from '@straylight/schemas/credential-use'
import { Marker } from '@straylight/schemas/knowledge'
import { parsedJson } from '@straylight/schemas/parsed-json'

/** Credentials remembered a partition; the one not used for longest goes first. */
const credentialsMax = 200_000
/** Characters of what is remembered of their uses, some 350 a use: so long names do not fill memory either. */
const charactersMax = 100_000_000
/** Agents remembered of one credential: beyond them it is shared anyway. */
const agentsMax = 16

/** An agent's first use of a credential by event time, with what a finding about it tells. */
export interface FirstUse extends Subject {
  readonly session?: string | undefined
  /** A token proves the credential this agent's. */
  readonly proven: boolean
}

/** What a record changed: who had used the credential as far as known, before it and with it. In order of the log. */
export interface CredentialChange {
  readonly tenant: string
  readonly credential: string
  readonly before: readonly FirstUse[]
  readonly after: readonly FirstUse[]
  /** The event reported by the record: it names the findings that it leads to. */
  readonly event: Pick<AgentEvent, 'id' | 'content_hash'>
  readonly place: LogPlace
}

export interface TakeUse {
  /** The latest version published: markers beyond it are none. */
  readonly versionMax?: number
  readonly onUnreadable?: (reason: string) => void
}

/**
 * Who used which credential, by first uses alone (topic `agent.credentials.v1`). An agent's first use is the earliest by event time
 * that was reported, whenever it arrived. Judged from that stream only, its markers included, so every instance that holds the
 * partition comes to the same.
 */
export class CredentialIndex {
  private readonly uses = new Map<string, readonly FirstUse[]>()
  private characters = 0
  /** What the partition's last marker switched on; the first version before any. */
  version = 1

  /** Takes a record; returns what it changed, if anything. */
  take(
    record: LogRecord,
    { versionMax = Number.POSITIVE_INFINITY, onUnreadable }: TakeUse = {},
  ): CredentialChange | undefined {
    const message = parsedJson(record.value.toString())
    if (record.headers.type === 'marker') {
      const version = Marker.safeParse(message).data?.version
      if (version === undefined || version > versionMax)
        onUnreadable?.(`switches on knowledge version ${version}, which nobody has published`)
      else this.version = Math.max(this.version, version)
      return undefined
    }
    const use = CredentialUse.safeParse(message).data
    // Somebody else writes the topic: nothing to judge, and no reason to stop.
    if (use === undefined) {
      onUnreadable?.(message === undefined ? 'is not JSON' : 'has not the shape of a first use')
      return undefined
    }
    const key = JSON.stringify([use.tenant, use.credential_id])
    const before = this.uses.get(key) ?? []
    const after = withUse(before, firstUseOf(use))
    this.keep(key, before, after.slice(0, agentsMax))
    if (after === before) return undefined
    const { topic, partition, offset, timestamp: log_time } = record
    const place = { topic, partition, offset, log_time }
    return { tenant: use.tenant, credential: use.credential_id, before, after, event: use.event, place }
  }

  private keep(key: string, before: readonly FirstUse[], after: readonly FirstUse[]): void {
    this.uses.delete(key)
    this.uses.set(key, after)
    this.characters += sizeOf(after) - sizeOf(before)
    while (this.uses.size > credentialsMax || this.characters > charactersMax) {
      const [oldest, gone] = this.uses.entries().next().value as [string, readonly FirstUse[]]
      if (oldest === key) return
      this.uses.delete(oldest)
      this.characters -= sizeOf(gone)
    }
  }
}

function firstUseOf({ tenant, agent, event }: CredentialUse): FirstUse {
  const { owner, session, id, time, system, action, registered, content_hash, position } = event
  return {
    ...{ tenant, agent, id, time, system, action, registered, content_hash, position },
    ...(owner === undefined ? {} : { owner }),
    ...(session === undefined ? {} : { session }),
    proven: provesHolder(event),
  }
}

/** The uses with one more; the same list where it says nothing new. What a token has proven once stays proven. */
function withUse(known: readonly FirstUse[], use: FirstUse): readonly FirstUse[] {
  const mine = known.find(({ agent }) => agent === use.agent)
  if (mine === undefined) return [...known, use]
  const isEarlier = use.time < mine.time
  const proven = mine.proven || use.proven
  if (!isEarlier && proven === mine.proven) return known
  const now = { ...(isEarlier ? use : mine), proven }
  return known.map((one) => (one === mine ? now : one))
}

/** Characters of the texts of which the sender says how long they are, and what else a use takes. */
function sizeOf(uses: readonly FirstUse[]): number {
  let size = 0
  for (const { tenant, agent, owner = '', session = '', id, system, action } of uses)
    size +=
      250 + tenant.length + agent.length + owner.length + session.length + id.length + system.length + action.length
  return size
}
