import type { Alert, Delivery } from '@straylight/schemas/alert'
import type { RevocationCommand } from '@straylight/schemas/revocation-command'

/** What one input, or the passing of time, does to one alert. Revision, summary and deliveries are filled in when it is applied. */
export interface AlertChange {
  readonly alert: Alert
  /** Log time of the cause. */
  readonly at: number
  readonly notify: readonly Delivery['event'][]
  /** A command that goes out with this change. */
  readonly send?: RevocationCommand
}

/** The alert, closed. A held or approved command falls away with it, and so does what would be decided again. */
export function closedAlert(alert: Alert, reason: NonNullable<Alert['close_reason']>, at: number): Alert {
  const { approval: _approval, postponed: _postponed, ...rest } = alert
  const waits = alert.command_state === 'held' || alert.command_state === 'approved'
  return {
    ...rest,
    state: 'closed',
    closed_at: at,
    close_reason: reason,
    command_state: waits ? 'none' : alert.command_state,
  }
}
