import type { Alert } from '@straylight/schemas/alert'
import type { Policy } from '@straylight/schemas/policy'

/**
 * Whether an alert's agent is more than a name that somebody has made up: it is in the registry, or has the history that the
 * policy asks for.
 */
export function isKnownAgent(alert: Pick<Alert, 'findings'>, { history_required: asked }: Policy): boolean {
  return alert.findings.some(
    ({ registered, evidence }) =>
      registered || (evidence.profile_events >= asked.events && evidence.profile_days >= asked.days),
  )
}
