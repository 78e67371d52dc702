import { Policy } from '@straylight/schemas/policy'

/** Where alerts go, and who may release a command: a name and an Ed25519 public key (JWK `x`). */
export interface DemoPolicyOptions {
  readonly webhookUrl: string
  /** How long a command waits for a person. */
  readonly approvalSeconds: number
  readonly approver: { readonly name: string; readonly public_key: string }
  /** Who looks at the console: may give every answer. */
  readonly operator: { readonly name: string; readonly public_key: string }
}

/** The name of the demo's one webhook, under which its secret is kept. */
export const demoWebhook = 'soc'

/**
 * The demo's policy: what an agent of a low or medium tier may cost is less than what it could do, so its credential
 * goes at once; for high and critical tiers a person is asked. The budget asks for one false alert in 10,000 sessions.
 */
export function demoPolicy(options: DemoPolicyOptions): Policy {
  const at = { medium: 'revoke', high: 'revoke', critical: 'revoke' } as const
  const ask = { medium: 'approve', high: 'approve', critical: 'approve' } as const
  return Policy.parse({
    id: 'demo',
    version: 1,
    budget: { session_alert_rate: 0.00003 },
    tiers: {
      low: { low: 'revoke', ...at },
      medium: { low: 'revoke', ...at },
      high: { low: 'approve', ...ask },
      critical: { low: 'approve', ...ask },
    },
    // Four weeks are learnt before anything is judged: an agent with less than a week is only watched.
    history_required: { events: 200, days: 7 },
    revocation: {
      expires_after_seconds: 120,
      reply_within_seconds: 10,
      deny_reissue_seconds: 1800,
      max_credentials: 1,
    },
    approval: { deadline_seconds: options.approvalSeconds },
    // Five of some forty agents stray within a minute here: more than a real fleet's breakers should let pass.
    breakers: { commands_per_minute: 20, agents_revoked_share_per_hour: 0.5, agents_revoked_minimum: 10 },
    webhooks: [{ name: demoWebhook, url: options.webhookUrl, timeout_seconds: 5, allow_private: true }],
    issuers: [
      { ...options.approver, roles: ['approver'] },
      { ...options.operator, roles: ['analyst', 'approver'] },
    ],
  })
}
