/**
 * An audit record in the native form (docs/inputs.md), as an agent's shipper would write it: one JSON object a line.
 * The demo writes it by hand and not with the detector's own types, as any newcomer would.
 */
export interface FleetEvent {
  readonly id: string
  /** ISO 8601, UTC. */
  readonly time: string
  readonly tenant: string
  readonly agent: string
  readonly session: string
  readonly credential: {
    readonly id: string
    readonly issued_at: string
    readonly expires_at: string
    readonly scopes: readonly string[]
  }
  readonly privilege: string
  readonly tool: string
  readonly system: string
  readonly resource?: string
  readonly action: string
  readonly destinations?: readonly string[]
  readonly argument_names: readonly string[]
  readonly bytes_sent: number
  readonly bytes_received: number
  readonly records?: number
  readonly outcome: 'success' | 'failure' | 'denied'
  readonly source: { readonly ip: string; readonly host: string }
}
