import { errorText } from '@straylight/schemas/error-text'
/** Whether a broker refused because of a missing right, under whatever layers: trying again changes nothing. */
export function isForbidden(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('type' in at && typeof at.type === 'string' && at.type.endsWith('_AUTHORIZATION_FAILED')) return true
  }
  return false
}

/** An error about a group. kafkajs says of a missing right only that it finds no coordinator. */
export function groupError(what: string, cause: unknown): Error {
  const reason = errorText(cause)
  const hidden = cause instanceof Error && cause.name === 'KafkaJSGroupCoordinatorNotFound'
  const advice = hidden ? ' (a cluster with rights hides it from whoever may not read or describe the group)' : ''
  return new Error(`${what}: ${reason}${advice}`, { cause })
}
