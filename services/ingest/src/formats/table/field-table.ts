import type { Source } from './source.ts'

/** A format as data: what of a record fills each field of an event. Fields that are left out the format does not have. */
export interface FieldTable {
  readonly id?: Source
  readonly time: Source
  /** Tenant where neither the sender's token nor a setting names one. */
  readonly tenant_hint?: Source
  readonly agent: Source
  /** What the registry is asked for before the agent's own name, most specific first. */
  readonly names?: readonly Source[]
  /** Whether a person acted, who is no agent unless the registry says so. */
  readonly person?: Source
  readonly owner?: Source
  readonly session?: Source
  readonly trace?: Source
  readonly parent_agent?: Source
  readonly credential_id?: Source
  readonly credential_issued_at?: Source
  readonly credential_expires_at?: Source
  /** A list, or a text with spaces or commas between the scopes, as OAuth writes them. */
  readonly credential_scopes?: Source
  readonly privilege?: Source
  readonly tool?: Source
  readonly system: Source
  readonly resource?: Source
  readonly action: Source
  /** All that have something; each may be a list. */
  readonly destinations?: readonly Source[]
  /** A list of names, or an object whose names they are. */
  readonly argument_names?: Source
  readonly bytes_sent?: Source
  readonly bytes_received?: Source
  readonly records?: Source
  readonly outcome?: Source
  /** Levels from 0 to 1 by name, that a guard gave. */
  readonly signals?: Source
  /** An address, with or without a port. */
  readonly source_ip?: Source
  readonly source_host?: Source
}

export type TableField = keyof FieldTable
