import type { InternalPlaces } from '@straylight/ingest/record/internal-places'
import type { Log } from '@straylight/runtime/log/log'
import type { Policy } from '@straylight/schemas/policy'
import type { AgentDirectory } from './agents/agent-directory.ts'
import type { RegistryView } from './agents/registry-view.ts'
import type { Assignees } from './alerts/assignees.ts'
import type { YoungAlerts } from './alerts/young-alerts.ts'
import type { ConsoleHealth } from './contract/health.ts'
import type { EventExplanation } from './contract/session-events.ts'
import type { WouldAlertAnswer } from './contract/would-alert.ts'
import type { KnowledgeView } from './knowledge-view.ts'
import type { Ask } from './questions/ask.ts'
import type { HeldAnswers } from './questions/held-answers.ts'

/** How the deployment is, as far as this process can tell. */
export type StageHealth = Pick<ConsoleHealth, 'ready' | 'reasons' | 'notes' | 'stages' | 'lag'>

/** Judges an event of the store again and tells why it alerted or did not; of one agent, where one is named. */
export type ExplainEvent = (asked: {
  event: string
  tenant: string
  agent: string
}) => Promise<Omit<EventExplanation, 'as_of' | 'event_id'>>

/** What the scorer says of events that never happened, of one agent. */
export type AskedDeeds = Pick<WouldAlertAnswer, 'deeds' | 'profile_events' | 'profile_days'> & {
  readonly knowledge_version: number
}

/** Null: there is no stored profile or call to ask with. */
export type WouldAlertAsked = (of: { tenant: string; agent: string }) => Promise<AskedDeeds | null>

/** What the answers of the console are made of. */
export interface ConsoleGround {
  readonly ask: Ask
  readonly held: HeldAnswers
  readonly log: Log
  readonly assignees: Assignees
  readonly youngAlert: YoungAlerts
  readonly storeKind: 'embedded' | 'server'
  readonly registry: RegistryView
  readonly internal: InternalPlaces
  readonly policy: Policy
  readonly policyFile: string | null
  readonly directory: AgentDirectory
  readonly knowledge: () => Promise<KnowledgeView | null>
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number
  readonly name: string
  readonly version: string
  readonly startedAt: number
  readonly health: () => StageHealth
  readonly explain: ExplainEvent
  readonly wouldAlert: WouldAlertAsked
  /** Where issuers' keys lie. */
  readonly keys: string
}

/** RouteAnswers one question of somebody. */
