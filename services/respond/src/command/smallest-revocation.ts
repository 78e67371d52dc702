import type { Finding } from '@straylight/schemas/finding'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'

type Action = Exclude<RevocationCommand['action'], 'restore'>

interface Smallest {
  readonly action: Action
  readonly match: RevocationCommand['scope']['match']
  readonly subject: { credential_id?: string; session_id?: string }
}

const wholeAgent: Smallest = { action: 'suspend_agent', match: 'agent', subject: {} }

/**
 * The least that stops what was seen: the credential, else the session, else the agent. A session whose name starts
 * with `~` was inferred from a pause and means nothing to a broker. A credential that evidence gives to another is not the accused's to lose:
 * whoever names it would choose who is stopped, so the accused is.
 */
export function smallestRevocation(finding: Finding): Smallest {
  const { credential_holder: holder } = finding
  if (holder !== undefined && holder.agent !== finding.agent) return wholeAgent
  const named = finding.session !== '' && !finding.session.startsWith('~')
  const session = named ? { session_id: finding.session } : {}
  const credential = finding.credential_id ?? (finding.cause === 'credential_shared' ? finding.target : undefined)
  if (credential !== undefined) {
    return { action: 'revoke_token', match: 'credential', subject: { credential_id: credential, ...session } }
  }
  if (named) return { action: 'revoke_session', match: 'session', subject: session }
  return wholeAgent
}
