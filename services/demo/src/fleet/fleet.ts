import type { Registry } from '@straylight/schemas/agent'

export const RoleKind = ['helpdesk', 'sales', 'finance', 'engineering', 'data'] as const
export type RoleKind = (typeof RoleKind)[number]

/** What a call does: decides its arguments, its sizes and where it writes to. */
export type ActionKind =
  | 'search'
  | 'read'
  | 'export'
  | 'update'
  | 'create'
  | 'reset'
  | 'delete'
  | 'send'
  | 'pay'
  | 'deploy'
  | 'upload'
  | 'grant'

/** Log-normal: median and deviation of the natural logarithm. */
export interface Size {
  readonly median: number
  readonly sigma: number
}

/** Whom or what a call writes to. */
export type FleetDestinationKind = 'colleague' | 'customer' | 'path' | 'host' | 'account'

/** One call as an agent knows it: a tool of a system, with its usual arguments and sizes. */
export interface Action {
  readonly kind: ActionKind
  readonly system: string
  readonly action: string
  readonly tool: string
  readonly privilege: string
  /** Usual argument names, the commonest first. */
  readonly argument_sets: readonly (readonly string[])[]
  readonly sent: Size
  readonly received: Size
  /** Absent: the tool does not say how many records it moved. */
  readonly records?: Size
  readonly destination?: FleetDestinationKind
  /** Prefix of what it works on, such as `tickets/T-`. */
  readonly resource: string
  readonly failure_rate: number
}

/** A call in its place in a task: sometimes left out, sometimes repeated. */
export interface FleetStep {
  readonly action: Action
  readonly chance: number
  readonly repeat_max: number
}

/** A task: calls in order. */
export interface Workflow {
  readonly weight: number
  readonly steps: readonly FleetStep[]
}

/** Everything a role can do, and what it usually does. */
export interface FleetRole {
  readonly kind: RoleKind
  readonly name: string
  readonly owner: string
  /** Systems of its own; every role also writes mail. */
  readonly systems: readonly string[]
  /** All actions of these systems, those nobody in the role uses included. */
  readonly actions: readonly Action[]
  readonly workflows: readonly Workflow[]
  readonly hosts: readonly string[]
  /** Files that it writes again and again. */
  readonly files: readonly string[]
  readonly customers: readonly string[]
  readonly accounts: readonly string[]
  readonly colleagues: readonly string[]
}

/** One agent and its habits. */
export interface FleetAgent {
  /** Place in the fleet: the name of its stream of draws. */
  readonly index: number
  readonly agent: string
  readonly role: FleetRole
  readonly tier: 'low' | 'medium' | 'high' | 'critical'
  readonly workflows: readonly Workflow[]
  readonly sessions_per_day: number
  /** Weight of each hour of the day (UTC), 24 of them. */
  readonly hours: readonly number[]
  /** Share of a weekday's work that is done on a day of the weekend. */
  readonly weekend: number
  /** This agent's sizes as a multiple of its role's. */
  readonly size: number
  readonly scopes: readonly string[]
  readonly credential_lifetime_ms: number
  readonly sources: readonly { readonly ip: string; readonly host: string }[]
}

/** A company's agents, drawn from a seed: names, tools, times, volumes and destinations. */
export interface Fleet {
  readonly seed: number
  readonly tenant: string
  readonly mail_domain: string
  readonly privileges: { readonly read: string; readonly write: string; readonly admin: string }
  readonly roles: readonly FleetRole[]
  readonly agents: readonly FleetAgent[]
  /** What `agents.yaml` would hold. */
  readonly registry: Registry
}
