import type { AgentEvent } from '@straylight/schemas/agent-event'
import { provesHolder } from '@straylight/schemas/credential-use'

/** Remembers which agents used which credential. */
export interface CredentialUses {
  /**
   * Whether the event says something new of its agent and credential, as far as remembered: the first use, an earlier one by event
   * time, or one that a token proves where none did. Remembers it.
   */
  isNews(event: Pick<AgentEvent, 'tenant' | 'agent' | 'credential' | 'time' | 'proven'>): boolean
}

/** So often an earlier use of one agent and credential is reported: a sender's clock may run backwards as often as it likes. */
const earlierMax = 16

interface Reported {
  readonly time: number
  readonly proven: boolean
  readonly earlier: number
}

/**
 * The least recently used is forgotten beyond `usesMax`: its next use is then reported again, which changes nothing, as
 * sharing is judged by distinct agents and their earliest times.
 */
export function createCredentialUses(usesMax: number): CredentialUses {
  const seen = new Map<string, Reported>()
  const keep = (use: string, reported: Reported): void => {
    seen.delete(use)
    seen.set(use, reported)
    if (seen.size > usesMax) seen.delete(seen.keys().next().value ?? '')
  }
  return {
    isNews(event) {
      const use = credentialUseOf(event)
      if (use === undefined) return false
      const { time } = event
      const proven = provesHolder(event)
      const reported = seen.get(use)
      if (reported === undefined) {
        keep(use, { time, proven, earlier: 0 })
        return true
      }
      const isEarlier = time < reported.time && reported.earlier < earlierMax
      const isProof = proven && !reported.proven
      if (!isEarlier && !isProof) keep(use, reported)
      else
        keep(use, {
          time: isEarlier ? time : reported.time,
          proven: proven || reported.proven,
          earlier: reported.earlier + (isEarlier ? 1 : 0),
        })
      return isEarlier || isProof
    },
  }
}

/** Agent and credential in one. Names hold no control characters, so that a newline between them cannot be part of one. */
export function credentialUseOf({
  tenant,
  agent,
  credential,
}: Pick<AgentEvent, 'tenant' | 'agent' | 'credential'>): string | undefined {
  return credential === undefined ? undefined : `${tenant}\n${credential.id}\n${agent}`
}
