import { z } from 'zod'
import { AgentEvent } from './agent-event.ts'

/**
 * The first time ingest saw a credential with an agent (topic `agent.credentials.v1`, keyed by tenant and
 * credential). Written again after a restart, which changes nothing: sharing is judged by distinct agents.
 */
export const CredentialUse = z.object({
  tenant: z.string(),
  credential_id: z.string(),
  agent: z.string(),
  /** The event that used it, so that a finding needs nothing else. */
  event: AgentEvent,
})
export type CredentialUse = z.infer<typeof CredentialUse>

/** Whether the sender's token speaks for this agent and may name this credential: evidence that one is the other's. */
export const provesHolder = ({ proven }: Pick<AgentEvent, 'proven'>): boolean =>
  proven?.includes('agent') === true && proven.includes('credential')
