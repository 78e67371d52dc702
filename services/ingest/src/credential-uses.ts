import type { AgentEvent } from '@straylight/schemas/agent-event'

/** Remembers which agents used which credential. */
export interface CredentialUses {
  /** Whether this is the first use of the event's credential by its agent, as far as remembered; remembers it. */
  isFirst(event: Pick<AgentEvent, 'tenant' | 'agent' | 'credential'>): boolean
}

/**
 * The least recently used is forgotten beyond `usesMax`: its next use is then told again, which changes nothing, as
 * sharing is judged by distinct agents.
 */
export function createCredentialUses(usesMax: number): CredentialUses {
  const seen = new Set<string>()
  return {
    isFirst({ tenant, agent, credential }) {
      if (credential === undefined) return false
      // Names hold no control characters, so that a newline between them cannot be part of one.
      const use = `${tenant}\n${credential.id}\n${agent}`
      const first = !seen.delete(use)
      seen.add(use)
      if (seen.size > usesMax) seen.delete(oldest(seen))
      return first
    },
  }
}

const oldest = (seen: ReadonlySet<string>): string => seen.values().next().value ?? ''
