/** Whether a broker refused because of a missing right, under whatever layers: trying again changes nothing. */
export function isForbidden(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('type' in at && typeof at.type === 'string' && at.type.endsWith('_AUTHORIZATION_FAILED')) return true
  }
  return false
}
