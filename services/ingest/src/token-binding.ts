import type { EventToken } from '@straylight/schemas/event-token'
import type { Headers } from './formats/format.ts'
import { agentsHeader, coversCredential, credentialsHeader, originHeader, tenantHeader } from './sender.ts'

/** Headers that bind the records of a token's body: they say for whom it may speak, and which credentials it may name. */
export const bindingOf = (holder: EventToken): Headers => ({
  [tenantHeader]: holder.tenant,
  ...(holder.agents === undefined ? {} : { [agentsHeader]: JSON.stringify(holder.agents) }),
  ...(holder.credentials === undefined ? {} : { [credentialsHeader]: JSON.stringify(holder.credentials) }),
  [originHeader]: `token ${holder.name}`,
})

/**
 * The same binding, of agents and credentials only those that the record names: the whole list on each of 100,000 small records would
 * fill the log, and what the record does not name it is not permitted by either.
 */
export function narrowedBinding(
  holder: EventToken,
  binding: Headers,
  event: { agent: string; credential?: { id: string } | undefined } | undefined,
): Headers {
  const { agents, credentials } = holder
  if (agents === undefined && credentials === undefined) return binding
  const credential = event?.credential?.id
  const covered = credentials !== undefined && credential !== undefined && coversCredential(credentials, credential)
  return {
    ...binding,
    ...(agents === undefined ? {} : { [agentsHeader]: JSON.stringify(agents.filter((name) => name === event?.agent)) }),
    ...(credentials === undefined ? {} : { [credentialsHeader]: JSON.stringify({ ids: covered ? [credential] : [] }) }),
  }
}
