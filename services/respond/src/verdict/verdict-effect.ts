import type { AlertChange } from '../alert/alert-change.ts'

export type EffectRefusal =
  | 'unknown_alert'
  | 'replayed'
  | 'too_many'
  | 'unbound'
  | 'other_command'
  | 'unknown_revision'
  | 'older_revision'
  | 'not_awaiting'
  | 'too_late'
  | 'never_sent'
  | 'not_revoked'
  | 'restored_before'
  | 'not_lapsed'
  | 'not_wanted'

/** What a verified verdict does, or why it does nothing; `message` is for whoever gave it, in whole sentences. */
export type VerdictEffect =
  | { readonly change: AlertChange; readonly accepted: boolean; readonly code: string; readonly message: string }
  | { readonly refused: EffectRefusal; readonly message: string }

/** When the log took the verdict, and how many agents the tenant has, for the breakers (0 when unknown). */
export interface VerdictMoment {
  readonly at: number
  readonly agents: number
}

export const taken = (change: AlertChange, message: string): VerdictEffect => ({
  change,
  accepted: true,
  code: 'accepted',
  message,
})

export const refused = (code: EffectRefusal, message: string): VerdictEffect => ({ refused: code, message })
