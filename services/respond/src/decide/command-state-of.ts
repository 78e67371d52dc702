import type { RevocationResult } from '@straylight/schemas/revocation-result'

/** What a broker's answer makes of a command. A broker that runs dry has changed nothing, whatever it calls that. */
export function commandStateOf(result: RevocationResult): 'applied' | 'refused' | 'expired' {
  if (result.status_code === 'expired') return 'expired'
  const applied = result.status_code === 'applied' || result.status_code === 'already_applied'
  return applied && result.status_id === 1 ? 'applied' : 'refused'
}
