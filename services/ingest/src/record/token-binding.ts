import type { EventToken } from '@straylight/schemas/event-token'
import type { Headers } from '../formats/format.ts'
import type { EventDraft, RejectionDraft } from './event-draft.ts'
import { agentsHeader, coversCredential, credentialsHeader, originHeader, tenantHeader } from './sender.ts'
import { credentialPath } from './settle-agent.ts'

/** Headers that bind the records of a token's body: they say for whom it may speak, and which credentials it may name. */
export const bindingOf = (holder: EventToken): Headers => ({
  [tenantHeader]: holder.tenant,
  ...(holder.agents === undefined ? {} : { [agentsHeader]: JSON.stringify(holder.agents) }),
  ...(holder.credentials === undefined ? {} : { [credentialsHeader]: JSON.stringify(holder.credentials) }),
  [originHeader]: `token ${holder.name}`,
})

/**
 * The same binding, of agents and credentials only those that the record names: the whole list on each of 100,000 small records would
 * fill the log, and what the record does not name it is not permitted by either. Whoever reads the record with it finds the same.
 */
export function narrowedBinding(
  { agents, credentials }: EventToken,
  binding: Headers,
  draft: EventDraft | RejectionDraft,
): Headers {
  if (agents === undefined && credentials === undefined) return binding
  const event = 'event' in draft ? draft.event : undefined
  const id = event?.credential?.id
  const covered = credentials !== undefined && id !== undefined && coversCredential(credentials, id)
  const agent = 'event' in draft ? draft.event.agent : draft.agent
  // Refused for its credential, it was let pass for its agent, whose name the rejection may not tell.
  // A span may get another agent from a document that comes later.
  const mayChange = event?.format === 'otlp'
  const keepsAgents = agents === undefined || mayChange || ('path' in draft && draft.path === credentialPath)
  return {
    ...binding,
    ...(keepsAgents ? {} : { [agentsHeader]: JSON.stringify(agents.filter((name) => name === agent)) }),
    ...(credentials === undefined ? {} : { [credentialsHeader]: JSON.stringify({ ids: covered ? [id] : [] }) }),
  }
}
