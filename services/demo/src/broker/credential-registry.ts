import { counted } from '@straylight/schemas/counted'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'

/** A credential as its broker knows it. */
export interface IssuedCredential {
  readonly tenant: string
  readonly agent: string
  readonly id: string
  readonly session?: string
  readonly issued_at: number
  readonly expires_at: number
}

/** What a command did, or why it did nothing. */
export interface CommandEffect {
  readonly code:
    | 'applied'
    | 'already_applied'
    | 'unknown_subject'
    | 'too_wide'
    | 'precondition'
    | 'holder_mismatch'
    | 'dry_run'
  readonly message: string
  /** Credentials that were hit. */
  readonly credentials: readonly string[]
}

type Verification = { readonly valid: true } | { readonly valid: false; readonly reason: string }

/**
 * What a credential broker keeps: who holds which credential, which are revoked, who gets no new one until when.
 * In memory and unbounded by design of the demo: a real broker has its database here.
 */
export class CredentialRegistry {
  private readonly credentials = new Map<string, IssuedCredential>()
  private readonly revokedBy = new Map<string, string>()
  private readonly suspendedBy = new Map<string, string>()
  private readonly holds = new Map<string, { until: number; by: string }>()

  /** Hands out a credential, or says why not: the agent is suspended, or was revoked too short a time ago. */
  issue(credential: IssuedCredential, nowMs: number): Verification {
    const agent = subjectOf(credential.tenant, credential.agent)
    if (this.suspendedBy.has(agent)) return { valid: false, reason: `${credential.agent} is suspended` }
    const hold = this.holds.get(agent)
    if (hold && nowMs < hold.until) {
      return {
        valid: false,
        reason: `no new credential for ${credential.agent} until ${new Date(hold.until).toISOString()}`,
      }
    }
    this.credentials.set(subjectOf(credential.tenant, credential.id), credential)
    return { valid: true }
  }

  /** What a gateway asks before it lets a call pass. */
  verify(tenant: string, id: string, nowMs: number): Verification {
    const key = subjectOf(tenant, id)
    const credential = this.credentials.get(key)
    if (!credential) return { valid: false, reason: 'unknown credential' }
    if (this.revokedBy.has(key)) return { valid: false, reason: `revoked by ${this.revokedBy.get(key)}` }
    if (this.suspendedBy.has(subjectOf(tenant, credential.agent)))
      return { valid: false, reason: 'its agent is suspended' }
    if (nowMs >= credential.expires_at) return { valid: false, reason: 'expired' }
    return { valid: true }
  }

  isRevoked(tenant: string, id: string): boolean {
    const key = subjectOf(tenant, id)
    const credential = this.credentials.get(key)
    return (
      this.revokedBy.has(key) || (credential !== undefined && this.suspendedBy.has(subjectOf(tenant, credential.agent)))
    )
  }

  /** Obeys a command whose signature, shape, expiry and id were checked. Refuses what is wider than it says. */
  apply(command: RevocationCommand): CommandEffect {
    if (command.action === 'restore') return this.restore(command)
    const { tenant_id, agent_id } = command.subject
    const suspended = this.suspendedBy.get(subjectOf(tenant_id, agent_id))
    if (suspended !== undefined) return nothing('precondition', `${agent_id} is not active: suspended by ${suspended}`)
    const hit = this.matching(command)
    if (hit.length === 0) return nothing('unknown_subject', `no credential matches ${describe(command)}`)
    // Who sent the command has it from events, which can claim anything; who issued the credential knows.
    const stranger = hit.find(({ agent }) => agent !== holderOf(command))
    if (stranger !== undefined) {
      return nothing('holder_mismatch', `${stranger.id} was issued to ${stranger.agent}, not to ${holderOf(command)}`)
    }
    const { max_credentials } = command.scope
    if (hit.length > max_credentials) {
      return nothing(
        'too_wide',
        `${counted(hit.length, 'credential')} match ${describe(command)}, at most ${max_credentials} may be hit`,
      )
    }
    if (command.mode === 'dry_run') return nothing('dry_run', `${counted(hit.length, 'credential')} would be revoked`)
    const live = hit.filter(({ tenant, id }) => !this.revokedBy.has(subjectOf(tenant, id)))
    if (live.length === 0 && command.action !== 'suspend_agent') {
      return nothing('already_applied', `${hit.map(({ id }) => id).join(', ')} revoked before, by another command`)
    }
    for (const credential of live) this.revoke(credential, command)
    if (command.action === 'suspend_agent') this.suspendedBy.set(subjectOf(tenant_id, agent_id), command.id)
    const until = command.hold.deny_reissue_until
    const credentials = live.map(({ id }) => id)
    return { code: 'applied', message: `${credentials.join(', ')} revoked; no new one until ${until}`, credentials }
  }

  /** The hold is on the holder of the credential, who may be another than the agent that misused it. */
  private revoke(credential: IssuedCredential, command: RevocationCommand): void {
    this.revokedBy.set(subjectOf(credential.tenant, credential.id), command.id)
    const until = Date.parse(command.hold.deny_reissue_until)
    this.holds.set(subjectOf(credential.tenant, credential.agent), { until, by: command.id })
  }

  private matching({ subject, scope }: RevocationCommand): IssuedCredential[] {
    const before = Date.parse(scope.credentials_issued_before)
    return [...this.credentials.values()].filter((credential) => {
      if (credential.tenant !== subject.tenant_id || credential.issued_at >= before) return false
      if (scope.match === 'credential') return credential.id === subject.credential_id
      if (credential.agent !== subject.agent_id) return false
      return scope.match === 'agent' || (subject.session_id !== undefined && credential.session === subject.session_id)
    })
  }

  /** Only what the command that it names did, only once, and only of the same tenant and holder. */
  private restore(command: RevocationCommand): CommandEffect {
    const undone = command.undo.of
    const { tenant_id: tenant, agent_id } = command.subject
    const credentials = [...this.revokedBy].flatMap(([key, by]) => {
      const credential = this.credentials.get(key)
      return by === undone && credential?.tenant === tenant ? [{ key, ...credential }] : []
    })
    const suspended = this.suspendedBy.get(subjectOf(tenant, agent_id)) === undone
    if (credentials.length === 0 && !suspended) {
      return nothing('unknown_subject', `nothing stands revoked by ${undone}`)
    }
    const stranger = credentials.find(({ agent }) => agent !== holderOf(command))
    if (stranger !== undefined) {
      return nothing('holder_mismatch', `${stranger.id} was issued to ${stranger.agent}, not to ${holderOf(command)}`)
    }
    for (const { key } of credentials) this.revokedBy.delete(key)
    for (const [agent, hold] of this.holds) if (hold.by === undone) this.holds.delete(agent)
    if (suspended) this.suspendedBy.delete(subjectOf(tenant, agent_id))
    const ids = credentials.map(({ id }) => id)
    return { code: 'applied', message: `${ids.join(', ') || agent_id} restored`, credentials: ids }
  }
}

const subjectOf = (tenant: string, name: string): string => `${tenant}\u001f${name}`

const nothing = (code: Exclude<CommandEffect['code'], 'applied'>, message: string): CommandEffect => ({
  code,
  message,
  credentials: [],
})

/** The agent that must hold what is hit. */
const holderOf = ({ precondition, subject }: RevocationCommand): string =>
  precondition.holder_agent_id ?? subject.agent_id

function describe({ subject, scope }: RevocationCommand): string {
  const parts = [subject.agent_id, subject.session_id, subject.credential_id].filter((part) => part !== undefined)
  return `${scope.match} of ${parts.join(' ')}`
}
