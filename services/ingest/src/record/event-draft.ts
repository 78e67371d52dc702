import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { Rejection, RejectionCode } from '@straylight/schemas/rejection'

/** Why a value is no event, and which field is to blame. */
export interface Fault {
  readonly code: RejectionCode
  readonly reason: string
  readonly path?: string
}

/** What a format reads out of one value: the shipper's own words, before tenant and agent are settled. */
export interface FormatDraft
  extends Omit<
    AgentEvent,
    | 'id'
    | 'tenant'
    | 'agent'
    | 'internal_destinations'
    | 'format'
    | 'registered'
    | 'content_hash'
    | 'proven'
    | 'position'
  > {
  readonly id?: string | undefined
  /** The tenant that the shipper claims: it must be the sender's own. */
  readonly tenant?: string | undefined
  /** Tenant where neither the sender's token nor the record names one, such as an account number. */
  readonly tenant_hint?: string | undefined
  /** The agent's name; without a registry entry it stays this. */
  readonly agent: string
  /** Other names to look up in the registry, most specific first, `agent` among them where its turn is. */
  readonly names?: readonly string[] | undefined
  /** A person acted: an event only where the registry knows the person's account as an agent's. */
  readonly person?: true | undefined
}

/** An event without its place in the log, which the stage stamps; `index` counts values inside the record. */
export interface EventDraft {
  readonly index: number
  readonly event: Omit<AgentEvent, 'id' | 'position'> & { readonly id: string | undefined }
}

/** A rejection without its place in the log. */
export interface RejectionDraft extends Omit<Rejection, 'position' | 'origin'> {
  readonly index: number
  /** Whether the registry knows the agent whose record it was. */
  readonly registered?: boolean
}

/** A value that is known by name and tells of no action. */
export interface PassedOverDraft {
  readonly index: number
  readonly passed_over: string
}
